/**
 * Method 4.1, second column (v2 F.2): Qwen2.5-0.5B with LoRA of rank 8 on all seven projections of all blocks, the
 * value over the adapters of the last two. 4 × 8 rows of 1,024 tokens a step, 2,000 steps, on one H100. `vpt train
 * examples/language/qwen25-lora.config.ts --plan` says what it costs.
 *
 * The value is taken on the first 256 tokens of the learner's own first micro-batch. Other than the paper: float32
 * (`--set backend.precision=bf16` for bfloat16 products, which the designer then has too); feedback is GSM8K's, where
 * v2 says "same idea"; the parts of the stream weigh alike. Not run by us.
 */
import { defineConfig } from "@vpt/train/language";

const parquet = { revision: "refs/convert/parquet", config: "default" };
const gsm8k = { dataset: "openai/gsm8k", config: "main", strip: "<<[^>]*>>" };

export default defineConfig({
  model: "Qwen/Qwen2.5-0.5B",
  methods: ["baseline", "value"],
  steps: 2000,
  batchSize: 4,
  gradientAccumulation: 8,
  answerTokens: 512,
  trainableBlocks: "all",
  data: {
    unlabeled: {
      streaming: [
        { dataset: "TIGER-Lab/MathInstruct", ...parquet, dropSource: "gsm|MATH", onBadSample: "skip" },
        { dataset: "ise-uiuc/Magicoder-OSS-Instruct-75K", ...parquet, onBadSample: "skip" },
        { dataset: "tatsu-lab/alpaca", onBadSample: "skip" },
      ],
      tokens: 1024,
    },
    feedback: { ...gsm8k, limit: 1024 },
    test: { ...gsm8k, split: "test", limit: 64 },
  },
  learner: { learningRate: 2e-4, lrWarmupSteps: 60, lora: { rank: 8, alpha: 16, dropout: 0.05 } },
  value: { updateEvery: 8, burnInSteps: 0, alignedBlocks: 2, metaTokens: 256, feedbackBatchSize: 32 },
  designer: { layers: 6, width: 256, heads: 4, candidates: 64, maxGate: 0.5, targetGate: 0.25, learningRate: 1e-4 },
  saveEvery: 100,
});
