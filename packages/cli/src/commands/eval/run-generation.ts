import { existsSync } from "node:fs";
import { VptError } from "@vpt/core";
import { evaluateGeneration, scorePredictions, type EvaluationRecord, type GenerationTask } from "@vpt/eval";
import { httpTextGenerator } from "@vpt/eval/http";
import { textGenerator } from "@vpt/lang/evaluation";
import { type Progress, compile, createProgress, showTimeLeft } from "@vpt/train";
import { loadItems } from "@vpt/data";
import { textOf } from "@vpt/eval/rows";
import { loadModel } from "./load-model.js";
import { wholeNumber, type GenerationArgs } from "./options.js";

/** How often each item is asked. */
export interface Samples {
  readonly samples: number;
  readonly seed: number;
}

/** Answers a task: by the model, by a server, or from a file of predictions. */
export async function runGeneration<Item>(
  task: GenerationTask<Item>,
  items: readonly Item[],
  args: GenerationArgs,
  sampling?: Samples,
): Promise<EvaluationRecord> {
  const { model, out, predictions } = args;
  if (predictions !== undefined) {
    if (out !== undefined && existsSync(out)) throw new VptError(`--out ${out}: exists already; name another file`);
    const rows = await loadItems(predictions, prediction);
    const expected = items.length * (sampling?.samples ?? 1);
    if (rows.length !== expected)
      throw new VptError(
        `--predictions ${predictions}: ${rows.length} rows for ${expected} answers; give one for each, or take fewer items with --limit`,
      );
    return scorePredictions(task, items, rows, {
      model: model ?? predictions,
      ...(out !== undefined && { file: out }),
      ...(sampling && { samples: sampling.samples }),
    });
  }
  if (model === undefined)
    throw new VptError("--model: expected a model, or --predictions FILE to score text made elsewhere");
  const progress = createProgress();
  const batchSize = wholeNumber("--batch", args.batch);
  const generator = await generatorOf(args, model, batchSize, progress);
  const show = showTimeLeft(progress, (done, total) => `${done}/${total} answers`);
  let isFirst = true;
  return evaluateGeneration(task, items, generator, {
    model,
    batchSize,
    ...(out !== undefined && { file: out }),
    ...sampling,
    onProgress: (done, total) => {
      if (isFirst && done > 0) progress.log(`${out}: going on after ${done} of ${total} answers`);
      isFirst = false;
      show(done, total);
    },
  });
}

async function generatorOf(args: GenerationArgs, model: string, batchSize: number, progress: Progress) {
  if (args.url === undefined)
    return textGenerator((await loadModel(model, args.device, progress)).model, { batchSize, compile });
  const apiKey = process.env["OPENAI_API_KEY"];
  return httpTextGenerator({
    url: args.url,
    model,
    concurrency: batchSize,
    ...(apiKey !== undefined && { apiKey }),
  });
}

const prediction = (row: Readonly<Record<string, unknown>>) => ({
  output: textOf(row, "output"),
  ...((typeof row["id"] === "string" || typeof row["id"] === "number") && { id: String(row["id"]) }),
});
