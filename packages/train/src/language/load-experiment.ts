import { VptError } from "@vpt/core";
import {
  computeHiddenStates,
  initAdapter,
  loadLanguageModel,
  questionAnswerExample,
  textExample,
  tinyLanguageModel,
  type Example,
  type LanguageModel,
  type LoraConfig,
  withLora,
} from "@vpt/lang";
import { resolveModel } from "@vpt/hub";
import type { Stream } from "@vpt/data";
import type { CorpusSource, RowSource, RunConfig } from "./config.js";
import { remaining, type Progress } from "../progress.js";
import { compile } from "../compile.js";
import { loadRows } from "./load-rows.js";
import type { Row } from "./read-rows.js";
import { openStreamingCorpus } from "./open-streaming-corpus.js";
import { createOverlapFilter, assertDisjoint } from "./assert-disjoint.js";
import { hiddenStateCache } from "./hidden-state-cache.js";
import { selectTrainable } from "./select-trainable.js";

/** The sets of rows a run reads; `probeRows` and `unlabeledTest` may be empty. */
export const setNames = ["unlabeled", "feedback", "test", "probeRows", "unlabeledTest"] as const;
/** One of {@link setNames}. */
export type SetName = (typeof setNames)[number];

/** A model and its rows, with the frozen blocks already run over them. */
export interface LoadedExperiment {
  readonly model: LanguageModel;
  /** The first block that trains; 0 when all do. */
  readonly firstTrainableBlock: number;
  readonly datasets: Readonly<Record<SetName, readonly Example[]>>;
  /** Test sets by name, where `data.test` is a record; `datasets.test` is then the first of them. */
  readonly testSets: Readonly<Record<string, readonly Example[]>>;
  /** Questions and answers of `datasets.test`, as texts. */
  readonly testRows: readonly Row[];
  /** Rows of labelled sets whose answer is longer than `answerTokens` allows, by set; sets without one are left out. */
  readonly cutAnswers: Readonly<Record<string, number>>;
  /** Opens the stream at its start, when it is a corpus; `datasets.unlabeled` is then a look at its first rows. */
  readonly corpus?: () => Stream<Example>;
  /** Domains beside `datasets.unlabeled` and `datasets.feedback`. */
  readonly domains: readonly { readonly unlabeled: readonly Example[]; readonly feedback: readonly Example[] }[];
}

/**
 * Loads the model and the rows, and runs the frozen blocks once over all of them, on the `backend` named; kept for
 * later runs.
 */
export async function loadExperiment(run: RunConfig, backend: string, progress: Progress): Promise<LoadedExperiment> {
  const { unlabeled: stream } = run.data;
  const loaded: Partial<Record<SetName, Domained[]>> = {};
  for (const name of setNames) {
    const source = name === "test" ? testSources(run)[0]![1] : run.data[name];
    if (source && !("streaming" in source)) loaded[name] = await loadDomains([source].flat(), progress);
  }
  const namedTests = isRecordOfSources(run.data.test) ? testSources(run) : [];
  const testRows: Record<string, Row[]> = {};
  for (const [name, source] of namedTests) testRows[name] = await loadRows(source, progress.log);
  const domainRows: Record<"unlabeled" | "feedback", Row[]>[] = [];
  for (const domain of run.data.domains ?? []) {
    domainRows.push({
      unlabeled: await loadRows(domain.unlabeled, progress.log),
      feedback: await loadRows(domain.feedback, progress.log),
    });
  }
  const rowsBySet = rowsByKey(loaded, testRows, domainRows);
  assertDisjoint(rowsBySet);
  const modelPath = run.model === "tiny" ? undefined : await resolveModel(run.model, { log: progress.log });
  const model = modelPath === undefined ? tinyLanguageModel(run.seed) : await loadLanguageModel(modelPath);
  const { firstTrainableBlock: from, lora } = selectTrainable(model.config, run);
  const adapted = { model: lora ? withAdapters(model, lora, run.seed) : model };

  const cutAnswers: Record<string, number> = {};
  const examplesOf = async (name: string, rows: readonly Domained[]): Promise<readonly Example[]> => {
    const isStream = /(^|\.)unlabeled/.test(name);
    const maximumTokens = isStream ? run.unlabeledTokens : run.answerTokens;
    const whole = tokenise(model, rows, run.prompt);
    const examples = whole.map((row) => cutExample(row, maximumTokens)).filter(hasLabels);
    const cut = whole.filter(({ ids }) => ids.length > maximumTokens).length;
    if (cut > 0 && !isStream && name in rowsBySet) cutAnswers[name] = cut; // `test` may be the first of several by name
    if (examples.length === 0) throw new VptError(`"data.${name}": no row has an answer within the token limit`);
    if (from === 0) return examples;
    // A file a set: another test set leaves the stream's and the feedback's as they are.
    const onDisk = modelPath === undefined ? undefined : hiddenStateCache({ modelPath, from, backend, examples });
    const known = await onDisk?.read();
    if (known) {
      progress.log(`${name}: the ${from} frozen blocks ran over these rows before; taken from the cache`);
      return known;
    }
    const ran = await withPrefix(model, from, examples, name, progress);
    await onDisk?.write(ran).catch((error: Error) => progress.log(`not cached: ${error.message}`));
    return ran;
  };
  const sets = { unlabeled: [], feedback: [], test: [], probeRows: [], unlabeledTest: [] } as Record<
    SetName,
    readonly Example[]
  >;
  for (const name of setNames) {
    const rows = loaded[name];
    if (rows) sets[name] = await examplesOf(name, rows);
  }
  const testSets: Record<string, readonly Example[]> = {};
  for (const [name, rows] of Object.entries(testRows)) testSets[name] = await examplesOf(`test.${name}`, rows);
  const corpus = "streaming" in stream ? await openStream(stream, model, run, heldOut(rowsBySet), progress) : undefined;
  if (corpus)
    sets.unlabeled = await firstRows(
      await openStream({ ...(stream as CorpusSource), shuffleBuffer: 1 }, model, run, {}, quiet),
    );
  const domains: LoadedExperiment["domains"][number][] = [];
  for (const [d, rows] of domainRows.entries()) {
    domains.push({
      unlabeled: await examplesOf(domainName(d, "unlabeled"), rows.unlabeled),
      feedback: await examplesOf(domainName(d, "feedback"), rows.feedback),
    });
  }
  for (const line of describeCuts(cutAnswers, rowsBySet, run.answerTokens)) progress.log(line);
  return {
    ...adapted,
    firstTrainableBlock: from,
    cutAnswers,
    datasets: sets,
    testSets,
    testRows: loaded.test ?? [],
    domains,
    ...(corpus && { corpus }),
  };
}

/** Rows of every set in memory by its key in `data`. */
const rowsByKey = (
  loaded: Readonly<Partial<Record<SetName, readonly Row[]>>>,
  tests: Readonly<Record<string, readonly Row[]>>,
  domains: readonly Readonly<Record<"unlabeled" | "feedback", readonly Row[]>>[],
): Record<string, readonly Row[]> => {
  const { test, ...others } = loaded;
  const named = Object.entries(tests).map(([name, rows]) => [`test.${name}`, rows] as const);
  return {
    ...others,
    ...(named.length > 0 ? Object.fromEntries(named) : test && { test }),
    ...Object.fromEntries(
      domains.flatMap(({ unlabeled, feedback }, d) => [
        [domainName(d, "unlabeled"), unlabeled] as const,
        [domainName(d, "feedback"), feedback] as const,
      ]),
    ),
  };
};

/** The sets that a streamed corpus leaves out: all but the streams. */
const heldOut = (sets: Readonly<Record<string, readonly Row[]>>): Record<string, readonly Row[]> =>
  Object.fromEntries(Object.entries(sets).filter(([name]) => !/(^|\.)unlabeled$/.test(name)));

const isRecordOfSources = (test: RunConfig["data"]["test"]): test is Record<string, RowSource> =>
  !("file" in test || "dataset" in test || "synthetic" in test);

/** The test sets by name; a single one is called "test". */
export const testSources = ({ data: { test } }: RunConfig): [string, RowSource][] =>
  isRecordOfSources(test) ? Object.entries(test) : [["test", test]];

/**
 * Rows of every set, by the name that the configuration gives it; a streamed corpus has no size. `test.cutAnswers` is
 * how many of the set's answers are cut.
 */
export const dataSizes = ({
  datasets,
  testSets,
  domains,
  corpus,
  cutAnswers,
}: LoadedExperiment): Record<string, number> =>
  Object.fromEntries([
    ...setNames
      .filter((name) => !(corpus && name === "unlabeled"))
      .map((name) => [name, datasets[name].length] as const),
    ...Object.entries(testSets).map(([name, rows]) => [`test.${name}`, rows.length] as const),
    ...domains.flatMap(({ unlabeled, feedback }, d) => [
      [domainName(d, "unlabeled"), unlabeled.length] as const,
      [domainName(d, "feedback"), feedback.length] as const,
    ]),
    ...Object.entries(cutAnswers).map(([name, cut]) => [`${name}.cutAnswers`, cut] as const),
  ]);

/** A set of a further domain, as the configuration calls it. */
const domainName = (domain: number, set: string): string => `domains.${domain}.${set}`;

type Domained = Row & { readonly domain?: number };

/** The rows of one source, or of several, each marked with its domain. */
async function loadDomains(sources: readonly RowSource[], { log: say }: Progress): Promise<Domained[]> {
  const rows: Domained[] = [];
  for (const [domain, source] of sources.entries())
    for (const row of await loadRows(source, say)) rows.push(sources.length > 1 ? { ...row, domain } : row);
  return rows;
}

const quiet: Pick<Progress, "log"> = { log: () => {} };

const openStream = (
  source: CorpusSource,
  { tokenizer }: LanguageModel,
  { seed, prompt }: RunConfig,
  held: Readonly<Record<string, readonly Row[]>>,
  { log: say }: Pick<Progress, "log">,
): Promise<() => Stream<Example>> =>
  openStreamingCorpus(source, {
    tokenizer,
    seed,
    prompt,
    log: say,
    leaveOut: createOverlapFilter(Object.values(held).flat(), (text) => {
      const names = Object.keys(held).map((name) => `"data.${name}"`);
      say(`"data.unlabeled": leaves out the rows of ${names.join(", ")}, such as ${JSON.stringify(text.slice(0, 80))}`);
    }),
  });

const firstRows = async (open: () => Stream<Example>): Promise<Example[]> => {
  const stream = open();
  return [(await stream.next())!, (await stream.next())!];
};

const withAdapters = (model: LanguageModel, lora: LoraConfig, seed: number): LanguageModel => ({
  ...model,
  config: withLora(model.config, lora),
  params: { ...model.params, ...initAdapter(model.config, lora, seed) },
});

const tokenise = ({ tokenizer }: LanguageModel, rows: readonly Domained[], layout: RunConfig["prompt"]): Example[] =>
  rows.map(({ domain, question, answer }) => ({
    ...(question === undefined
      ? textExample(tokenizer, answer)
      : questionAnswerExample(tokenizer, { question, answer }, layout)),
    ...(domain !== undefined && { domain }),
  }));

/** The row's first `maximumTokens` tokens. */
const cutExample = ({ ids, labels, lossMask, ...row }: Example, maximumTokens: number): Example => ({
  ...row,
  ids: ids.slice(0, maximumTokens),
  labels: labels.slice(0, maximumTokens),
  lossMask: lossMask.slice(0, maximumTokens),
});

const hasLabels = ({ lossMask }: Example): boolean => lossMask.some((m) => m > 0);

/** One line that says how many answers of how many are cut; none where none is. */
function describeCuts(
  cutAnswers: Readonly<Record<string, number>>,
  sets: Readonly<Record<string, readonly Row[]>>,
  answerTokens: number,
): string[] {
  const counts = Object.entries(cutAnswers).map(([name, cut]) => `${cut} of ${sets[name]!.length} of ${name}`);
  return counts.length === 0 ? [] : [`answers cut at ${answerTokens} tokens (answerTokens): ${counts.join(", ")}`];
}

async function withPrefix(
  model: LanguageModel,
  from: number,
  examples: readonly Example[],
  name: string,
  progress: Progress,
): Promise<readonly Example[]> {
  const tokens = examples.reduce((sum, { ids }) => sum + ids.length, 0);
  const start = Date.now();
  const cached = await computeHiddenStates(model.config, model.params, examples, {
    to: from,
    compile,
    onProgress: (done, total) =>
      progress.setStatus(
        `running the ${from} frozen blocks once over every row of ${name}: ${done}/${total}, ` +
          `${remaining(done, total, (Date.now() - start) / 1000)}`,
      ),
  });
  const seconds = (Date.now() - start) / 1000;
  progress.log(
    `ran the ${from} frozen blocks over the ${examples.length} rows of ${name}, ${tokens} tokens, ` +
      `${Math.round(tokens / seconds)} tok/s`,
  );
  return cached;
}
