import type { Study } from "./study.js";

const languageStudy = async (name: string): Promise<Study> => {
  const { languageStudyOf } = await import("./language/language-study.js");
  return languageStudyOf(name);
};

/** One study by name whose scales are two: what each has of its own is asked of it. */
const studyByScale = (tiny: Study, larger: Study): Study => ({
  ...tiny,
  scales: [...tiny.scales, ...larger.scales],
  run: (options) => (tiny.scales.includes(options.scale) ? tiny : larger).run(options),
  plan: (options) => (tiny.scales.includes(options.scale) ? tiny : larger).plan!(options),
});

/** Studies by the name that `vpt repro` takes; a study's packages load only when it runs. */
export const studies: Readonly<Record<string, () => Promise<Study>>> = {
  ablation: () => import("./ablation/ablation.js").then(({ ablation }) => ablation),
  estimators: () => import("./estimators/estimators.js").then(({ estimatorsStudy }) => estimatorsStudy),
  "feedback-size": async () => {
    const { feedbackSizeStudy } = await import("./feedback-size/feedback-size.js");
    return studyByScale(feedbackSizeStudy, await languageStudy("feedback-size"));
  },
  tokens: async () => {
    const { tokensStudy } = await import("./tokens/tokens.js");
    return studyByScale(tokensStudy, await languageStudy("tokens"));
  },
  probe: () => import("./probe/probe.js").then(({ probeStudy }) => probeStudy),
  ...Object.fromEntries(
    ["main-language", "qwen25", "transfer-language", "decontam", "passk"].map((name) => [
      name,
      () => languageStudy(name),
    ]),
  ),
  "main-vision": () => import("./vision/main-vision.js").then(({ mainVisionStudy }) => mainVisionStudy),
  pareto: () => import("./vision/pareto.js").then(({ paretoStudy }) => paretoStudy),
  "transfer-vision": () => import("./vision/transfer-vision.js").then(({ transferVisionStudy }) => transferVisionStudy),
};
