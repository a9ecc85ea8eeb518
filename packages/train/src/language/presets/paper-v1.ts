import type { LanguagePreset } from "./language-preset.js";

const gsm8k = { dataset: "openai/gsm8k", config: "main", strip: "<<[^>]*>>" } as const;

/**
 * The paper's language setting, first version (arXiv 2601.22108v1, A.1), with the value of its equations and none of
 * our additions: the raw dot product with one fresh feedback gradient, no prior, no penalties.
 *
 * Where A.1 is silent, the number is that of the second version (v2 F.2) or inferred, and its line says so. One thing
 * differs: A.1 takes the learner's own top K, here the true token is always among the candidates, as in v2.
 */
export const paperV1 = {
  model: "Qwen/Qwen1.5-0.5B", // A.1: "Qwen family"; the smallest of table 1
  methods: ["baseline", "value"], // A.1: the compute-matched baseline is next-token prediction on the same stream
  steps: 2000, // silent; "≤ 2,000" in the ablation, and v2 F.2
  batchSize: 4, // silent; 4 × 8 × 1,024 = 32,768 = 45,782 tokens/s × 0.7157 s of table 3
  gradientAccumulation: 8, // likewise
  answerTokens: 512, // silent; v2 F.2
  trainableBlocks: "all", // A.1 trains the checkpoint, no adapters
  loss: "token-mean", // silent
  backend: { precision: "bf16" }, // A.1: bfloat16
  saveEvery: 200, // ours
  data: {
    unlabeled: {
      // A.1: NuminaMath-CoT, "Question: {problem}\n Answer: {solution}", loss on the answer alone
      streaming: { dataset: "AI-MO/NuminaMath-CoT", split: "train", question: "problem", answer: "solution" },
      tokens: 1024, // A.1
      packing: "split", // A.1: "pack multiple formatted examples into fixed-length sequences"
      shuffleBuffer: 10_000, // A.1
    },
    feedback: { ...gsm8k, split: "train", limit: 1024 }, // A.1: 1,024 GSM8K training examples
    test: { ...gsm8k, split: "test" }, // A.1: GSM8K
  },
  evaluation: {
    passAt1Rows: 1319, // A.1: greedy Pass@1 on the GSM8K test set, all of it
    maxNewTokens: 256, // silent
  },
  learner: {
    learningRate: 1e-5, // A.1: the best of five in [5e-6, 1e-5]
    lrWarmupSteps: 60, // A.1: linear warm-up, then cosine; its length is silent: v2 F.2, 0.03 of the steps
    weightDecay: 0, // silent; v2 F.2
    clipNorm: 1, // A.1 clips; the norm is v2 F.2's
  },
  value: {
    updateEvery: 8, // A.1: every K learner steps; K is silent: v2 F.2
    burnInSteps: 100, // section 4.2 delays updates; how long is silent: 5 % of the steps
    alignedBlocks: 2, // A.1: "last-layer blocks"; v2 F.2: 2
    preconditioner: "none", // eq. 14: V = ⟨g_down, g_pre⟩
    similarity: "dot", // A.1
    derivative: "forward-mode", // exact, as A.1's double backward pass
    normalizeDirection: false, // eq. 14
    feedbackEmaDecay: 0, // eq. 12: one gradient
    initialFeedbackBatches: 1, // likewise
    feedbackBatchSize: 32, // silent; as many rows as a learner step has
  },
  designer: {
    layers: 6, // A.1
    width: 256, // A.1
    heads: 4, // A.1
    candidates: 64, // A.1's K is silent: v2 F.2
    gate: "learned", // A.1: a sigmoid head
    maxGate: 0.5, // A.1's α_max is silent: v2 F.2
    targetGate: 0.25, // where an untrained sigmoid starts: α_max / 2
    learningRate: 1e-4, // silent; v2 F.2
    weightDecay: 0, // silent
    gatePenaltyWeight: 0, // no penalty in A.1
    klWeight: 0, // likewise
    entropyWeight: 0, // likewise
    prior: "none", // A.1: scores of the designer alone
  },
} as const satisfies LanguagePreset;
