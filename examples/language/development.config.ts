/**
 * SmolLM2-135M on development rows (GSM8K test 250 to 313, seed 100), for looking for settings without touching the
 * rows that `vpt repro ablation --scale small` reports on. Found so far: `docs/evidence/search-small.md`.
 *
 *     vpt train examples/language/development.config.ts --set tilt.gate=1 --set tilt.strength=4 --out runs/search
 */
import { defineConfig } from "@vpt/train/language";

const shared = "../../../shared/data";
const gsm8k = { question: "question", answer: "answer", strip: "<<[^>]*>>" };
const math = { file: `${shared}/math/test.jsonl`, question: "problem", answer: "solution" };

export default defineConfig({
  model: "smollm2",
  seed: 100,
  steps: 40,
  methods: ["tilt"],
  data: {
    unlabeled: { ...math, limit: 320 },
    unlabeledTest: { ...math, skip: 4900, limit: 32 },
    feedback: { ...gsm8k, file: `${shared}/gsm8k/train.jsonl`, limit: 1024 },
    probeRows: { ...gsm8k, file: `${shared}/gsm8k/train.jsonl`, skip: 2000, limit: 12 },
    test: { ...gsm8k, file: `${shared}/gsm8k/test.jsonl`, skip: 250, limit: 64 },
  },
  value: { initialFeedbackBatches: 32 },
});
