/**
 * The paper's language setting (method 4.1, v1 A.1; v2 F.2 where v1 is silent): NuminaMath-CoT packed into rows of
 * 1,024 tokens, shuffle buffer 10,000, 1,024 GSM8K training problems as feedback, 4 × 8 rows a step, K = 64, α ≤ 0.5,
 * period 8, the last two blocks aligned, a designer of six blocks of width 256. Model, steps and learning rate come
 * from `vpt repro NAME --scale paper`.
 *
 * Other than the paper: float32 (`--set backend.precision=bf16` for bfloat16 products); the last two blocks train, not
 * all (`--set trainableBlocks='"all"' value.alignedBlocks=2`). Not run by us.
 */
import { fileURLToPath } from "node:url";
import { defineConfig } from "@vpt/train/language";

const data = process.env["VPT_DATA"] ?? fileURLToPath(new URL("../../../shared/data", import.meta.url));
const gsm8k = { strip: "<<[^>]*>>", question: "question", answer: "answer" };

export default defineConfig({
  model: "Qwen/Qwen1.5-0.5B",
  methods: ["baseline", "value"],
  steps: 2000,
  batchSize: 4,
  gradientAccumulation: 8,
  answerTokens: 512,
  trainableBlocks: 2,
  data: {
    unlabeled: {
      streaming: { file: `${data}/numina/train.jsonl`, question: "problem", answer: "solution" },
      tokens: 1024,
    },
    feedback: { ...gsm8k, file: `${data}/gsm8k/train.jsonl`, limit: 1024 },
    test: { ...gsm8k, file: `${data}/gsm8k/test.jsonl`, limit: 64 },
  },
  learner: { learningRate: 1e-5, lrWarmupSteps: 60, weightDecay: 0, clipNorm: 1 },
  value: { updateEvery: 8, burnInSteps: 0, feedbackBatchSize: 32 },
  designer: { layers: 6, width: 256, heads: 4, candidates: 64, maxGate: 0.5, targetGate: 0.25, learningRate: 1e-4 },
  saveEvery: 200,
});
