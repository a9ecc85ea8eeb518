import { defineCommand } from "citty";

const languageNames = ["gsm8k", "math", "omega", "mmlu", "nll", "choices", "pass-at-k"] as const;
const visionNames = ["segmentation", "ade20k", "depth", "nyuv2", "imagenet", "retrieval"] as const;
const language = (name: (typeof languageNames)[number]) => async () =>
  (await import("./eval/language.js")).languageCommands[name];
const vision = (name: (typeof visionNames)[number]) => async () =>
  (await import("./eval/vision.js")).visionCommands[name];

/** Commands of language load no vision code, and the other way round. */
export const evalCommand = defineCommand({
  meta: {
    name: "eval",
    description: "Scores a model, an image encoder, or text made elsewhere. Example: vpt eval gsm8k --help",
  },
  subCommands: {
    ...Object.fromEntries(languageNames.map((name) => [name, language(name)])),
    ...Object.fromEntries(visionNames.map((name) => [name, vision(name)])),
    compare: () => import("./eval/compare.js").then(({ compareCommand }) => compareCommand),
  },
});
