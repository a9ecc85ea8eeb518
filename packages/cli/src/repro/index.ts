import type { Progress } from "../progress.js";

/** How a study is run. */
export interface StudyOptions {
  readonly scale: string;
  /** Seeds `firstSeed`, `firstSeed + 1`, …; the study's own number when left out. */
  readonly seeds?: number;
  readonly firstSeed?: number;
  /** Processes that share the seeds. */
  readonly workers?: number;
  /** Learner steps, where a study lets them be chosen. */
  readonly steps?: number;
  /** Some of its arms. */
  readonly arms?: readonly string[];
  /** Where a long study keeps what it has done. */
  readonly folder?: string;
  readonly progress: Progress;
}

/** What a study found. */
export interface StudyResult {
  /** Printed by `--json` and written by `--out`. */
  readonly json: Readonly<Record<string, unknown>>;
  /** The same for people, in Markdown. */
  readonly text: string;
  /** An SVG; `--out` writes it beside the text. */
  readonly figure?: string;
  /** What the study asserts and did not hold; empty when all did. */
  readonly failures: readonly string[];
}

/** A table or figure that one command makes again. */
export interface Study {
  readonly scales: readonly string[];
  run(options: StudyOptions): Promise<StudyResult>;
  /** What will be run and claimed, for a study that is long. */
  plan?(options: Omit<StudyOptions, "progress">): string | Promise<string>;
  /** The tables again from the rows of an earlier result, its `json`. */
  again?(json: Readonly<Record<string, unknown>>): StudyResult | Promise<StudyResult>;
}

const languageStudy = async (name: string): Promise<Study> => {
  const { languageStudyOf } = await import("./language/language-study.js");
  return languageStudyOf(name);
};

/** One study by name whose scales are two: what each has of its own is asked of it. */
const byScale = (tiny: Study, larger: Study): Study => ({
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
    return byScale(feedbackSizeStudy, await languageStudy("feedback-size"));
  },
  tokens: async () => {
    const { tokensStudy } = await import("./tokens/tokens.js");
    return byScale(tokensStudy, await languageStudy("tokens"));
  },
  "prior-free": () => import("./prior-free/prior-free.js").then(({ priorFreeStudy }) => priorFreeStudy),
  probe: () => import("./probe/probe.js").then(({ probeStudy }) => probeStudy),
  reach: () => import("./reach/reach.js").then(({ reachStudy }) => reachStudy),
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
