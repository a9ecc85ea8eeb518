import { existsSync } from "node:fs";
import { VptError } from "@vpt/core";
import { parseRunConfig, type RunConfig, type RunConfigInput } from "@vpt/train/language";
import type { LanguageMethod } from "@vpt/lang";

/** One method of the study: a method of `vpt train`, and what of the settings is its own. */
export interface SmallEntry {
  readonly name: string;
  readonly method: LanguageMethod;
  readonly set?: Pick<RunConfigInput, "learner" | "value" | "designer" | "tilt">;
}

/**
 * What the search on development rows and `vpt repro --module ./studies/src/index.ts target-headroom` chose, registered
 * in `docs/evidence/search-small.md` before its reported seeds.
 */
const highGate = {
  learner: { learningRate: 2e-4 },
  value: { updateEvery: 1, feedbackEmaDecay: 0.5, initialFeedbackBatches: 8 },
  tilt: { candidates: 128, gate: 0.9 },
  designer: { candidates: 128, gate: "fixed", targetGate: 0.9 },
} as const satisfies SmallEntry["set"];
/** The same at the rate that a second search chose; `fast` alone is for the methods that have no gate. */
const fast = { learner: { learningRate: 1e-3 } } as const satisfies SmallEntry["set"];
const highAndFast = { ...highGate, ...fast } as const satisfies SmallEntry["set"];

/**
 * The methods, fixed before the reported seeds were run. Those after "sft" take one thing away from "value", or are as
 * in `evidence`; that of the high gate came later, and those at 1e-3 after it, with the baseline and the ceiling at
 * their rate.
 */
export const smallEntries: readonly SmallEntry[] = [
  { name: "baseline", method: "baseline" },
  { name: "value", method: "value" },
  { name: "tilt", method: "tilt" },
  { name: "self-distillation", method: "self-distillation" },
  { name: "random", method: "random-direction" },
  { name: "sign-flipped", method: "sign-flipped" },
  { name: "sft", method: "sft" },
  { name: "value, raw direction", method: "value", set: { value: { preconditioner: "none" } } },
  { name: "value, no average", method: "value", set: { value: { feedbackEmaDecay: 0, initialFeedbackBatches: 1 } } },
  { name: "value, no KL", method: "value", set: { designer: { klWeight: 0 } } },
  { name: "value, fixed gate", method: "value", set: { designer: { gate: "fixed", learningRate: 5e-4 } } },
  { name: "tilt, high gate", method: "tilt", set: highGate },
  { name: "tilt, 1e-3", method: "tilt", set: highAndFast },
  { name: "value, 1e-3", method: "value", set: highAndFast },
  { name: "baseline, 1e-3", method: "baseline", set: fast },
  { name: "sft, 1e-3", method: "sft", set: fast },
];

/** Learner steps of each method: the budget fixed beforehand. */
export const smallSteps = 40;

const data = "../shared/data";
const gsm8k = { question: "question", answer: "answer", strip: "<<[^>]*>>" };
const math = { file: `${data}/math/test.jsonl`, question: "problem", answer: "solution" };

/** Everything that the methods share. */
const shared = {
  model: "smollm2",
  data: {
    unlabeled: { ...math, limit: 320 },
    unlabeledTest: { ...math, skip: 4900, limit: 32 },
    feedback: { ...gsm8k, file: `${data}/gsm8k/train.jsonl`, limit: 1024 },
    probeRows: { ...gsm8k, file: `${data}/gsm8k/train.jsonl`, skip: 2000, limit: 12 },
    test: { ...gsm8k, file: `${data}/gsm8k/test.jsonl`, limit: 128 },
  },
  value: { initialFeedbackBatches: 32 },
  saveEvery: 1_000_000,
} satisfies RunConfigInput;

/** The run of one method of one seed. */
export const smallRun = (seed: number, steps: number, { method, set }: SmallEntry): RunConfig =>
  parseRunConfig(
    { ...shared, seed, steps, methods: [method], ...set, value: { ...shared.value, ...set?.value } },
    "repro ablation",
  );

/** Where SVAMP is read from. */
export const svampFile = `${data}/svamp/test.jsonl`;

/** Refuses to begin without the data. */
export function requireData(): void {
  const missing = [shared.data.unlabeled, shared.data.feedback, shared.data.test, { file: svampFile }].find(
    ({ file }) => !existsSync(file),
  );
  if (missing)
    throw new VptError(
      `repro ablation --scale small: ${missing.file} is not there; it reads MATH, GSM8K and SVAMP from ${data}`,
    );
}
