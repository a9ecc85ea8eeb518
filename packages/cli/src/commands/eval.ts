import { defineCommand } from "citty";

/** One file a benchmark; only the asked-for one loads. */
export const evalCommand = defineCommand({
  meta: { name: "eval", description: "Scores a model or text made elsewhere. Example: vpt eval gsm8k --help" },
  subCommands: {
    gsm8k: () => import("./eval/gsm8k.js").then(({ gsm8kCommand }) => gsm8kCommand),
    math: () => import("./eval/math.js").then(({ mathCommand }) => mathCommand),
    omega: () => import("./eval/omega.js").then(({ omegaCommand }) => omegaCommand),
    mmlu: () => import("./eval/mmlu.js").then(({ mmluCommand }) => mmluCommand),
    nll: () => import("./eval/nll.js").then(({ nllCommand }) => nllCommand),
    "pass-at-k": () => import("./eval/pass-at-k.js").then(({ passAtKCommand }) => passAtKCommand),
    compare: () => import("./eval/compare.js").then(({ compareCommand }) => compareCommand),
  },
});
