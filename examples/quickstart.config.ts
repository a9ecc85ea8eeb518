/**
 * SmolLM2-135M, its last two blocks: ordinary next-token prediction for 80 steps, and V-Pretraining with the anchored
 * target for as many seconds. `npm run quickstart` runs it; figures of a run are in the README.
 */
import { fileURLToPath } from "node:url";
import { existsSync } from "node:fs";
import { defineConfig } from "@vpt/train/language";

const shared = process.env["VPT_DATA"] ?? fileURLToPath(new URL("../../shared/data", import.meta.url));
const hasData = existsSync(`${shared}/gsm8k/train.jsonl`);
if (!hasData)
  console.warn(`no GSM8K in ${shared} (VPT_DATA names another folder): made-up problems instead, so figures differ`);
const strip = "<<[^>]*>>"; // GSM8K's calculator marks
const gsm8k = { strip, question: "question", answer: "answer" };
const math = { file: `${shared}/math/test.jsonl`, question: "problem", answer: "solution" };

export default defineConfig({
  model: "smollm2",
  preset: "anchored",
  steps: 80,
  match: "seconds",
  data: hasData
    ? {
        unlabeled: { ...math, limit: 320 },
        unlabeledTest: { ...math, skip: 4900, limit: 24 },
        feedback: { ...gsm8k, file: `${shared}/gsm8k/train.jsonl`, limit: 128 },
        probeRows: { ...gsm8k, file: `${shared}/gsm8k/train.jsonl`, skip: 256, limit: 12 },
        test: { ...gsm8k, file: `${shared}/gsm8k/test.jsonl`, limit: 64 },
      }
    : {
        unlabeled: { synthetic: "stream", limit: 320 },
        feedback: { synthetic: "problems", split: "feedback", limit: 128 },
        probeRows: { synthetic: "problems", split: "feedback", seed: 1, limit: 12 },
        test: { synthetic: "problems", split: "test", limit: 64 },
      },
  samplePrompts: [
    "Question: A baker makes 12 trays of 8 rolls and sells 70 rolls. How many rolls are left?\n Answer: ",
  ],
});
