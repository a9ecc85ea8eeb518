import type { LanguagePreset } from "./language-preset.js";

const parquet = { revision: "refs/convert/parquet", config: "default" } as const;
const gsm8k = { dataset: "openai/gsm8k", config: "main", strip: "<<[^>]*>>" } as const;

/**
 * The paper's language setting, second version (arXiv 2601.22108v2, F.2, the branch with adapters), with the cosine
 * alignment of equation 42. v2 permits dot and cosine and does not say which row of its tables had which.
 */
export const paperV2 = {
  model: "Qwen/Qwen2.5-0.5B", // F.2
  methods: ["baseline", "value"],
  steps: 2000, // F.2
  batchSize: 4, // F.2: 4 × 8
  gradientAccumulation: 8, // likewise
  answerTokens: 512, // F.2: feedback rows
  trainableBlocks: "all", // F.2: adapters in every block
  loss: "sequence-mean", // eq. 37
  backend: { precision: "bf16" }, // F.2; the designer's products are then bfloat16 too, where F.2 has float32
  saveEvery: 100, // ours
  data: {
    unlabeled: {
      // F.2: MathInstruct without GSM8K and MATH, Magicoder and Alpaca; weights are silent
      streaming: [
        { dataset: "TIGER-Lab/MathInstruct", ...parquet, dropSource: "gsm|MATH", onBadSample: "skip" },
        { dataset: "ise-uiuc/Magicoder-OSS-Instruct-75K", ...parquet, onBadSample: "skip" },
        { dataset: "tatsu-lab/alpaca", onBadSample: "skip" },
      ],
      tokens: 1024, // F.2
    },
    feedback: { ...gsm8k, split: "train", limit: 1024 }, // F.2: "same idea" as v1
    test: { ...gsm8k, split: "test" },
  },
  evaluation: {
    passAt1Rows: 1319, // table 1: greedy Pass@1 on the GSM8K test set, all of it
    maxNewTokens: 256, // silent
  },
  learner: {
    learningRate: 2e-4, // F.2
    lrWarmupSteps: 60, // F.2, of the other branch: 0.03 of the steps
    weightDecay: 0, // likewise
    clipNorm: 1, // likewise
    lora: { rank: 8, alpha: 16, dropout: 0.05 }, // F.2: on all seven projections
  },
  value: {
    updateEvery: 8, // F.2
    burnInSteps: 100, // silent; 5 % of the steps
    alignedBlocks: 2, // F.2: adapters of the last two layers
    metaTokens: 256, // F.2
    preconditioner: "none", // eq. 42 compares the gradients themselves
    similarity: "cosine", // eq. 42
    derivative: "forward-mode", // exact
    normalizeDirection: false, // the cosine divides by both norms
    feedbackEmaDecay: 0, // one gradient
    initialFeedbackBatches: 1, // likewise
    feedbackBatchSize: 32, // silent; as many rows as a learner step has
  },
  designer: {
    layers: 6, // F.2
    width: 256, // F.2
    heads: 4, // F.2; App. I has 8
    candidates: 64, // F.2
    gate: "learned", // F.2
    maxGate: 0.5, // F.2
    targetGate: 0.25, // where an untrained sigmoid starts: α_max / 2
    learningRate: 1e-4, // F.2
    weightDecay: 0, // silent
    gatePenaltyWeight: 0, // no penalty in F.2
    klWeight: 0, // likewise
    entropyWeight: 0, // likewise
    prior: "none", // scores of the designer alone
  },
} as const satisfies LanguagePreset;
