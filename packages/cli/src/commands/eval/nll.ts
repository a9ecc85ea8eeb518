import { VptError } from "@vpt/core";
import { exampleNll, questionAnswerExample } from "@vpt/lang";
import { summarizeNll, textSize } from "@vpt/eval/nll";
import { defineCommand } from "citty";
import { createProgress, remaining } from "../../progress.js";
import { compile } from "../../train/compile.js";
import { gsm8kItem } from "./items.js";
import { loadItems } from "./load-items.js";
import { loadModel } from "./load-model.js";
import { benchmarkArgs, wholeNumber } from "./options.js";

const { out: _, ...args } = benchmarkArgs;

export const nllCommand = defineCommand({
  meta: {
    name: "nll",
    description:
      "Teacher-forced NLL per answer token after `Question: {question}\\n Answer: `. Example: vpt eval nll --model smollm2 --data test.jsonl --limit 64 --json",
  },
  args,
  async run({ args }) {
    const { model: name } = args;
    if (name === undefined) throw new VptError("--model: expected a model, such as smollm2");
    const limit = args.limit === undefined ? undefined : wholeNumber("--limit", args.limit);
    const batchSize = wholeNumber("--batch", args.batch);
    const rows = await loadItems(args.data, gsm8kItem, limit);
    const progress = createProgress();
    const { model, backend } = await loadModel(name, args.device, progress);
    const examples = rows.map((row) => questionAnswerExample(model.tokenizer, row));
    const began = Date.now();
    const {
      nllPerToken,
      tokens,
      rows: sums,
    } = await exampleNll(model.config, model.params, examples, {
      batchSize,
      compile,
      onProgress: (done, total) =>
        progress.update(`${done}/${total} rows, ${remaining(done, total, (Date.now() - began) / 1000)}`),
    });
    if (tokens === 0) throw new VptError(`${args.data}: no answer has a token; expected rows { question, answer }`);
    const texts = sums.map(({ nll, tokens }, i) => ({ sum: nll, tokens, ...textSize(rows[i]!.answer) }));
    const { perplexity, bitsPerByte } = summarizeNll(texts);
    const result = { nllPerToken, tokens, perplexity, bitsPerByte, rows: rows.length, model: name, backend };
    console.log(
      args.json
        ? JSON.stringify(result)
        : `NLL ${nllPerToken.toFixed(4)} per token over ${tokens} answer tokens of ${rows.length} rows`,
    );
  },
});
