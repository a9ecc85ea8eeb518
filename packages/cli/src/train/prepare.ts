import { VptError } from "@vpt/core";
import {
  cachePrefix,
  initAdapter,
  loadLanguageModel,
  questionAnswerExample,
  tinyLanguageModel,
  type Example,
  type LanguageModel,
  type LoraConfig,
  withLora,
  type QuestionAnswer,
} from "@vpt/lang";
import { resolveModel } from "@vpt/weights";
import type { RunConfig } from "../config/run-config.js";
import { remaining, type Progress } from "../progress.js";
import { compile } from "./compile.js";
import { loadRows } from "./load-rows.js";
import { refuseOverlap } from "./refuse-overlap.js";
import { prefixCache } from "./prefix-cache.js";
import { whatTrains } from "./what-trains.js";

/** The sets of rows a run reads; `probe` and `streamTest` may be empty. */
export const setNames = ["stream", "feedback", "test", "probe", "streamTest"] as const;
/** One of {@link setNames}. */
export type SetName = (typeof setNames)[number];

/** A model and its rows, with the frozen blocks already run over them. */
export interface Prepared {
  readonly model: LanguageModel;
  /** The first block that trains; 0 when all do. */
  readonly from: number;
  readonly sets: Readonly<Record<SetName, readonly Example[]>>;
}

/** Loads the model and the rows, and runs the frozen blocks once over all of them, on the `backend` named; kept for later runs. */
export async function prepare(run: RunConfig, backend: string, progress: Progress): Promise<Prepared> {
  const loaded: Partial<Record<SetName, QuestionAnswer[]>> = {};
  for (const name of setNames) {
    const source = run.data[name];
    if (source) loaded[name] = await loadRows(source);
  }
  refuseOverlap(loaded);
  const modelPath = run.model === "tiny" ? undefined : await resolveModel(run.model, { log: progress.say });
  const model = modelPath === undefined ? tinyLanguageModel(run.seed) : await loadLanguageModel(modelPath);
  const { from, lora } = whatTrains(model.config, run);
  const adapted = { model: lora ? withAdapters(model, lora, run.seed) : model };

  const sets = { stream: [], feedback: [], test: [], probe: [], streamTest: [] } as Record<SetName, readonly Example[]>;
  for (const name of setNames) {
    const rows = loaded[name];
    if (!rows) continue;
    const examples = tokenise(model, rows, name.startsWith("stream") ? run.streamTokens : run.answerTokens);
    if (examples.length === 0) throw new VptError(`"data.${name}": no row has an answer within the token limit`);
    sets[name] = examples;
  }
  // A file a set: another test set leaves the stream's and the feedback's as they are.
  for (const name of from === 0 ? [] : setNames.filter((name) => sets[name].length > 0)) {
    const onDisk =
      modelPath === undefined ? undefined : prefixCache({ modelPath, from, backend, examples: sets[name] });
    const known = await onDisk?.read();
    if (known) progress.say(`${name}: the ${from} frozen blocks ran over these rows before; taken from the cache`);
    sets[name] = known ?? (await withPrefix(model, from, sets[name], name, progress));
    if (!known) await onDisk?.write(sets[name]).catch((error: Error) => progress.say(`not cached: ${error.message}`));
  }
  return { ...adapted, from, sets };
}

const withAdapters = (model: LanguageModel, lora: LoraConfig, seed: number): LanguageModel => ({
  ...model,
  config: withLora(model.config, lora),
  params: { ...model.params, ...initAdapter(model.config, lora, seed) },
});

const tokenise = ({ tokenizer }: LanguageModel, rows: readonly QuestionAnswer[], maximumTokens: number): Example[] =>
  rows
    .map((row) => questionAnswerExample(tokenizer, row, { maximumTokens }))
    .filter(({ mask }) => mask.some((m) => m > 0));

async function withPrefix(
  model: LanguageModel,
  from: number,
  examples: readonly Example[],
  name: SetName,
  progress: Progress,
): Promise<readonly Example[]> {
  const tokens = examples.reduce((sum, { ids }) => sum + ids.length, 0);
  const start = Date.now();
  const cached = await cachePrefix(model.config, model.params, examples, {
    to: from,
    compile,
    onProgress: (done, total) =>
      progress.update(
        `running the ${from} frozen blocks once over every row of ${name}: ${done}/${total}, ${remaining(done, total, (Date.now() - start) / 1000)}`,
      ),
  });
  const seconds = (Date.now() - start) / 1000;
  progress.say(
    `ran the ${from} frozen blocks over the ${examples.length} rows of ${name}, ${tokens} tokens, ${Math.round(tokens / seconds)} tok/s`,
  );
  return cached;
}
