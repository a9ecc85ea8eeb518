/**
 * A byte-level model made from nothing on self-made word problems: no download, a minute on the native runtime, minutes
 * on wasm. The gates are low because a learner that is still learning its first words is a poor prior
 * (docs/notes/log.md).
 */
import { defineConfig } from "@vpt/train/language";

export default defineConfig({
  model: "tiny",
  pretrainSteps: 300,
  steps: 40,
  data: {
    unlabeled: { synthetic: "stream", limit: 160 },
    feedback: { synthetic: "problems", split: "feedback", limit: 64 },
    probeRows: { synthetic: "problems", split: "feedback", seed: 1, limit: 8 },
    test: { synthetic: "problems", split: "test", limit: 24 },
  },
  learner: { learningRate: 1e-3 },
  designer: { layers: 1, width: 32, heads: 2, candidates: 8, targetGate: 0.1 },
  tilt: { candidates: 8, gate: 0.1 },
  value: { initialFeedbackBatches: 4 },
  samplePrompts: ["Question: Ann has 3 apples and buys 4 more. How many has she?\n Answer: "],
  sampleTokens: 32,
});
