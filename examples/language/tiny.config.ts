/**
 * The language studies of `vpt repro` at tiny scale: a byte-level model made from nothing, on self-made word problems.
 */
import { defineConfig } from "@vpt/train/language";

export default defineConfig({
  model: "tiny",
  methods: ["baseline", "value"],
  pretrainSteps: 300,
  steps: 40,
  data: {
    unlabeled: { synthetic: "stream", limit: 160 },
    feedback: { synthetic: "problems", split: "feedback", limit: 64 },
    test: { synthetic: "problems", split: "test", limit: 24 },
  },
  learner: { learningRate: 1e-3 },
  designer: { layers: 1, width: 32, heads: 2, candidates: 8, targetGate: 0.1 },
  value: { initialFeedbackBatches: 4 },
});
