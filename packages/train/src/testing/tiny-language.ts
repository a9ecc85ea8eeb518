import type { RunConfigInput } from "../language/run-config-input.js";

/** The smallest language run that has meta steps: a byte-level model on generated word problems. */
export const tinyLanguage: RunConfigInput = {
  model: "tiny",
  steps: 5,
  pretrainSteps: 2,
  methods: ["baseline", "value"],
  batchSize: 1,
  unlabeledTokens: 64,
  answerTokens: 160,
  saveEvery: 2,
  data: {
    unlabeled: { synthetic: "stream", limit: 6 },
    feedback: { synthetic: "problems", limit: 4 },
    test: { synthetic: "problems", split: "test", limit: 2 },
  },
  designer: { layers: 1, width: 16, heads: 2, candidates: 4 },
  value: { feedbackBatchSize: 1, initialFeedbackBatches: 1, burnInSteps: 1 },
  backend: { threads: 1 },
};
