import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { readLog, appendLog } from "@vpt/core/run";
import { exampleNll, questionAnswerExample, type Example } from "@vpt/lang";
import { type LoadedExperiment, type RunConfig, planMethod, score } from "@vpt/train/language";
import { type Progress, compile, metricsLog, progressLine, timingsLog, trainMethod } from "@vpt/train";
import { smallRun, svampFile, type SmallEntry } from "./small-settings.js";

/** One method of one seed. */
export interface SmallRow {
  readonly seed: number;
  readonly name: string;
  readonly steps: number;
  readonly seconds: number;
  /** GSM8K answer NLL per token, and of each row. */
  readonly nll: number;
  readonly perRow: readonly number[];
  readonly accuracy: number;
  readonly math: number;
  readonly svamp: number;
}

/** What a study that may be stopped and begun again needs. */
export interface SmallOptions {
  readonly prepared: LoadedExperiment;
  readonly svamp: readonly Example[];
  /** Keeps `rows.jsonl`: a method found there is not run again. */
  readonly folder: string;
  readonly steps: number;
  readonly progress: Progress;
}

/** SVAMP as rows: the number alone is the answer. */
export const svampRows = ({ model }: LoadedExperiment, count: number): Example[] =>
  readFileSync(svampFile, "utf8")
    .split("\n")
    .slice(0, count)
    .map((line) => JSON.parse(line) as { Body: string; Question: string; Answer: number })
    .map(({ Body, Question, Answer }) =>
      questionAnswerExample(model.tokenizer, { question: `${Body.trim()} ${Question.trim()}`, answer: String(Answer) }),
    );

/** Trains and scores one method from the model as it is, or finds its row. */
export async function runSmallMethod(seed: number, entry: SmallEntry, options: SmallOptions): Promise<SmallRow> {
  const { prepared, folder, steps, progress } = options;
  const path = join(folder, "rows.jsonl");
  const known = (readLog(path) as unknown as (SmallRow & { step: number })[]).find(
    (row) => row.seed === seed && row.name === entry.name && row.steps === steps,
  );
  if (known) return known;
  const run = smallRun(seed, steps, entry);
  const method = join(folder, `seed-${seed}-${entry.name.replace(/\W+/g, "-")}`);
  const label = `seed ${seed} ${entry.name}`;
  const { plan } = planMethod(prepared, { name: entry.method }, run);
  const state = await trainMethod({
    method: label,
    plan,
    config: run,
    steps,
    unit: "tokens",
    start: { params: prepared.model.params, auxiliary: {} },
    kind: "language",
    trainable: [],
    folder: method,
    resume: false,
    isPrimary: true,
    progress,
    callbacks: [metricsLog(), timingsLog(), progressLine(progress)],
    signal: undefined,
  });
  plan.probe?.dispose();
  const seconds = readLog(join(method, "timings.jsonl")).reduce((sum, record) => sum + Number(record["seconds"]), 0);
  const row = { seed, name: entry.name, steps, seconds, ...(await scoreSmall(state.params, run, label, options)) };
  const held = new Set(Object.values(prepared.model.params));
  tf.dispose(Object.values(state.params).filter((tensor) => !held.has(tensor)));
  tf.dispose([state.optimizer, state.designerParams, state.designerOptimizer, state.feedbackEma] as tf.TensorContainer);
  appendLog(path, { step: steps, ...row });
  progress.log(
    `${label}: NLL ${row.nll.toFixed(4)}, MATH ${row.math.toFixed(4)}, SVAMP ` +
      `${row.svamp.toFixed(4)}, ${seconds.toFixed(0)} s`,
  );
  return row;
}

/** GSM8K, held-out MATH and SVAMP. */
export async function scoreSmall(
  params: LoadedExperiment["model"]["params"],
  run: RunConfig,
  label: string,
  { prepared, svamp, progress }: SmallOptions,
): Promise<Pick<SmallRow, "nll" | "perRow" | "accuracy" | "math" | "svamp">> {
  const { metrics, perItem } = await score(prepared, params, run, { quick: false, label }, progress);
  const { nllPerToken } = await exampleNll(prepared.model.config, params, svamp, {
    from: prepared.firstTrainableBlock,
    compile,
  });
  return {
    nll: metrics["nll"]!,
    perRow: perItem!["nll"]!,
    accuracy: metrics["accuracy"]!,
    math: metrics["unlabeledNll"]!,
    svamp: nllPerToken,
  };
}
