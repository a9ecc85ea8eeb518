/**
 * Method 4.1, third column (v2 F.2): all parameters of Qwen2.5-0.5B, the value over the last two blocks. 4 × 32 rows of
 * 512 tokens a step, learning rate 1.5e-5, warm-up ratio .03, no weight decay, clip 1, on one H100. `vpt train
 * examples/language/qwen25-full.config.ts --plan` says what it costs.
 *
 * Other than the paper: float32 (`--set backend.precision=bf16` for bfloat16 products); two epochs are given as steps,
 * 12,000 × 65,536 tokens, since how many tokens NuminaMath-CoT packs to is not known before it is read. Not run by us.
 */
import { defineConfig } from "@vpt/train/language";

const gsm8k = { dataset: "openai/gsm8k", config: "main", strip: "<<[^>]*>>" };

export default defineConfig({
  model: "Qwen/Qwen2.5-0.5B",
  methods: ["baseline", "value"],
  steps: 12_000,
  batchSize: 4,
  gradientAccumulation: 32,
  answerTokens: 512,
  trainableBlocks: "all",
  data: {
    unlabeled: { streaming: { dataset: "AI-MO/NuminaMath-CoT", onBadSample: "skip" }, tokens: 512 },
    feedback: { ...gsm8k, limit: 1024 },
    test: { ...gsm8k, split: "test", limit: 64 },
  },
  learner: { learningRate: 1.5e-5, lrWarmupSteps: 360, weightDecay: 0, clipNorm: 1 },
  value: { updateEvery: 8, burnInSteps: 0, alignedBlocks: 2, feedbackBatchSize: 32 },
  designer: { layers: 6, width: 256, heads: 4, candidates: 64, maxGate: 0.5, targetGate: 0.25, learningRate: 1e-4 },
  saveEvery: 200,
});
