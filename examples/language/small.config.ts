/**
 * The language studies of `vpt repro` at small scale: SmolLM2-135M, its last two blocks, MATH as the stream, GSM8K as
 * feedback and test.
 */
import { fileURLToPath } from "node:url";
import { defineConfig } from "@vpt/train/language";

const data = process.env["VPT_DATA"] ?? fileURLToPath(new URL("../../../shared/data", import.meta.url));
const gsm8k = { strip: "<<[^>]*>>", question: "question", answer: "answer" };

export default defineConfig({
  model: "smollm2",
  methods: ["baseline", "value"],
  steps: 40,
  data: {
    unlabeled: { file: `${data}/math/test.jsonl`, question: "problem", answer: "solution", limit: 160 },
    feedback: { ...gsm8k, file: `${data}/gsm8k/train.jsonl`, limit: 128 },
    test: { ...gsm8k, file: `${data}/gsm8k/test.jsonl`, limit: 64 },
  },
});
