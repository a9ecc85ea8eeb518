import { defineCommand } from "citty";

/** One file a benchmark; only the asked-for one loads. */
export const evalCommand = defineCommand({
  meta: {
    name: "eval",
    description: "Scores a model, an image encoder, or text made elsewhere. Example: vpt eval gsm8k --help",
  },
  subCommands: {
    gsm8k: () => import("./eval/gsm8k.js").then(({ gsm8kCommand }) => gsm8kCommand),
    math: () => import("./eval/math.js").then(({ mathCommand }) => mathCommand),
    omega: () => import("./eval/omega.js").then(({ omegaCommand }) => omegaCommand),
    mmlu: () => import("./eval/mmlu.js").then(({ mmluCommand }) => mmluCommand),
    nll: () => import("./eval/nll.js").then(({ nllCommand }) => nllCommand),
    "pass-at-k": () => import("./eval/pass-at-k.js").then(({ passAtKCommand }) => passAtKCommand),
    segmentation: () => import("./eval/segmentation.js").then(({ segmentationCommand }) => segmentationCommand),
    ade20k: () => import("./eval/ade20k.js").then(({ ade20kCommand }) => ade20kCommand),
    depth: () => import("./eval/depth.js").then(({ depthCommand }) => depthCommand),
    nyuv2: () => import("./eval/nyuv2.js").then(({ nyuv2Command }) => nyuv2Command),
    imagenet: () => import("./eval/imagenet.js").then(({ imagenetCommand }) => imagenetCommand),
    retrieval: () => import("./eval/retrieval.js").then(({ retrievalCommand }) => retrievalCommand),
    compare: () => import("./eval/compare.js").then(({ compareCommand }) => compareCommand),
  },
});
