import { useBackend } from "@vpt/backend";
import { VptError } from "@vpt/core";
import { answerNll, loadLanguageModel } from "@vpt/lang";
import { resolveModel } from "@vpt/weights";
import { defineCommand } from "citty";
import { createProgress, remaining } from "../progress.js";
import { loadRows } from "../train/load-rows.js";

const nllCommand = defineCommand({
  meta: {
    name: "nll",
    description:
      "Teacher-forced NLL per answer token after `Question: {question}\\n Answer: `. Example: vpt eval nll --model smollm2 --data test.jsonl --limit 64 --json",
  },
  args: {
    model: { type: "string", required: true, description: '"smollm2", a folder, a .gguf file or a Hugging Face id' },
    data: { type: "string", required: true, description: "a jsonl file with question and answer" },
    limit: { type: "string", description: "rows to read; all by default" },
    batch: { type: "string", default: "8", description: "rows a forward pass" },
    device: { type: "string", default: "auto", description: "auto, cpu, cuda, wasm or js" },
    json: { type: "boolean", description: "print one JSON object" },
  },
  async run({ args }) {
    const progress = createProgress();
    const limit = args.limit === undefined ? undefined : wholeNumber("--limit", args.limit);
    const batchSize = wholeNumber("--batch", args.batch);
    const rows = await loadRows({
      file: args.data,
      question: "question",
      answer: "answer",
      skip: 0,
      ...(limit && { limit }),
    });
    const backend = await useBackend({ device: deviceOf(args.device), log: progress.say });
    const model = await loadLanguageModel(await resolveModel(args.model, { log: progress.say }));
    const began = Date.now();
    const { nllPerToken, tokens } = await answerNll(model, rows, {
      batchSize,
      onProgress: ({ done, total }) =>
        progress.update(`${done}/${total} rows, ${remaining(done, total, (Date.now() - began) / 1000)}`),
    });
    const result = { nllPerToken, tokens, rows: rows.length, model: args.model, backend: backend.name };
    console.log(
      args.json
        ? JSON.stringify(result)
        : `NLL ${nllPerToken.toFixed(4)} per token over ${tokens} answer tokens of ${rows.length} rows`,
    );
  },
});

export const evalCommand = defineCommand({
  meta: { name: "eval", description: "Scores a model. Example: vpt eval nll --help" },
  subCommands: { nll: nllCommand },
});

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new VptError(`${name}: expected a whole number above 0, received "${text}"`);
}

function deviceOf(text: string): "auto" | "cpu" | "cuda" | "wasm" | "js" {
  const known = ["auto", "cpu", "cuda", "wasm", "js"] as const;
  const device = known.find((name) => name === text);
  if (device) return device;
  throw new VptError(`--device: expected one of ${known.join(", ")}, received "${text}"`);
}
