import type { Estimate } from "../statistics/statistics.js";
import { checkInteger, checkLength, EvalInputError } from "../errors.js";
import { appendRecords, readRecordFile, sha256, type ItemRecord, type RecordHeader } from "./record-file.js";
import { estimateGroups, estimateMetrics } from "./summarize-run.js";
import type { EvalTask } from "./task.js";

/** Options that all runners share. */
export interface RunOptions {
  /**
   * JSONL file of one line an item, appended to after each batch (longest requests first). An existing file is
   * continued: its items are not asked again.
   */
  readonly file?: string;
  /** Name of what is evaluated, for the record. */
  readonly model?: string;
  /** Items asked at once. */
  readonly batchSize?: number;
  /** Called after each batch, and once at the start with what the file already holds. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Stops between two batches; what is done stays in the file. */
  readonly signal?: AbortSignal;
}

/** Result of one run: every score with its uncertainty, every item with its answer. */
export interface EvaluationRecord {
  readonly task: string;
  readonly protocol: string;
  readonly protocolVersion: number;
  readonly model: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly n: number;
  /** Name of the primary metric. */
  readonly headline: string;
  readonly metrics: Readonly<Record<string, Estimate>>;
  /** The primary metric by group, such as subject or configuration. */
  readonly groups: Readonly<Record<string, Estimate & { readonly n: number }>>;
  readonly perItem: readonly {
    readonly id: string;
    readonly prediction: string;
    readonly gold: string;
    /** Whether the primary metric is 1. */
    readonly correct: boolean;
    readonly metrics: Readonly<Record<string, number>>;
    /** Why the item could not be loaded; it counts in no metric. */
    readonly unusable?: string;
  }[];
  /** SHA-256 of all that was asked, in order. */
  readonly promptSha256: string;
  /** SHA-256 of ids and golds, in order. */
  readonly dataSha256: string;
  /** Of this call; a continued run asked less. */
  readonly wallSeconds: number;
}

/** Asks about many items at once; one response a request, in order. `at` are the positions of the items. */
export type Ask<Request, Response> = (
  requests: readonly Request[],
  at: readonly number[],
) => Promise<readonly Response[]>;

/**
 * Runs a task over items: asks in batches, appends each batch to the record file, and computes the scores. Items that
 * the file already holds are scored from their stored response; the text of their prompt must be the same as then.
 *
 * @throws {EvalInputError} When the file belongs to another run, an id comes twice, or a batch has too few answers.
 * @example
 * ```ts
 * import { evaluate } from "@vpt/eval";
 * import { gsm8kTask } from "@vpt/eval/gsm8k";
 * import { textGenerator } from "@vpt/lang/evaluation";
 *
 * const task = gsm8kTask();
 * const answer = (prompts: readonly string[]) => textGenerator(model).generate(prompts, task.decoding);
 * const record = await evaluate(task, problems, answer, { file: "gsm8k.jsonl" });
 * ```
 * @category runners
 */
export async function evaluate<Item, Request, Response>(
  task: EvalTask<Item, Request, Response>,
  items: readonly Item[],
  ask: Ask<Request, Response>,
  options: RunOptions = {},
): Promise<EvaluationRecord> {
  checkInteger("evaluate: batchSize", options.batchSize ?? 8, 1);
  const started = performance.now();
  const ids = items.map((item, i) => task.id(item, i));
  checkUnique(task.name, ids);
  const asked = items.map((item) => task.fingerprint?.(item) ?? JSON.stringify(task.request(item)));
  const hashes = await Promise.all(asked.map(sha256));
  const run: Run<Item, Request, Response> = { task, items, ids, hashes, options, responses: new Map() };
  await takeStored(run);
  await askPending(run, ask, task.fingerprint ? undefined : asked);
  return {
    ...(await recordOf(run)),
    wallSeconds: (performance.now() - started) / 1000,
  };
}

/** A run under way: what is asked, and the responses so far, by id. */
interface Run<Item, Request, Response> {
  readonly task: EvalTask<Item, Request, Response>;
  readonly items: readonly Item[];
  readonly ids: readonly string[];
  /** SHA-256 of what is asked about each item. */
  readonly hashes: readonly string[];
  readonly options: RunOptions;
  readonly responses: Map<string, Response>;
}

/** Takes the responses that the record file already holds. */
async function takeStored<Item, Request, Response>(run: Run<Item, Request, Response>): Promise<void> {
  const { task, ids, hashes, options, responses } = run;
  const { file, model = "" } = options;
  if (file === undefined) return;
  const positions = new Map(ids.map((id, i) => [id, i]));
  for (const record of await continueFile(file, headerOf(task, model))) {
    const at = positions.get(record.id);
    if (at !== undefined) checkSameRequest(file, record, hashes[at]!);
    responses.set(record.id, record.response as Response);
  }
}

/**
 * Asks about the items without a response, longest request first: like lengths share a batch, too long ones fail at
 * once.
 */
async function askPending<Item, Request, Response>(
  run: Run<Item, Request, Response>,
  ask: Ask<Request, Response>,
  requests: readonly string[] | undefined,
): Promise<void> {
  const { task, items, ids, hashes, responses } = run;
  const { file, batchSize = 8, onProgress, signal } = run.options;
  const lengthOf = (i: number): number => requests?.[i]!.length ?? 0;
  const pending = [...ids.keys()]
    .filter((i) => !responses.has(ids[i]!))
    .sort((a, b) => lengthOf(b) - lengthOf(a) || a - b);
  onProgress?.(ids.length - pending.length, ids.length);
  for (let start = 0; start < pending.length; start += batchSize) {
    signal?.throwIfAborted();
    const at = pending.slice(start, start + batchSize);
    const answers = await ask(
      at.map((i) => task.request(items[i]!)),
      at,
    );
    checkLength(`${task.name}: answers of one batch`, answers.length, at.length, "answers, one a request");
    const records = at.map((i, k): ItemRecord => {
      const [id, item, response] = [ids[i]!, items[i]!, answers[k]!];
      responses.set(id, response);
      const { loadError, ...score } = task.score(response, item);
      const failure = loadError !== undefined && { unusable: loadError };
      return { kind: "item", id, request: hashes[i]!, response, ...score, ...failure, gold: task.gold(item) };
    });
    if (file !== undefined) await appendRecords(file, records);
    onProgress?.(ids.length - pending.length + start + at.length, ids.length);
  }
}

/** Scores all responses. */
async function recordOf<Item, Request, Response>({
  task,
  items,
  ids,
  hashes,
  options,
  responses,
}: Run<Item, Request, Response>): Promise<Omit<EvaluationRecord, "wallSeconds">> {
  const scored = items.map((item, i) => {
    const score = task.score(responses.get(ids[i]!)!, item);
    return { id: ids[i]!, ...score, gold: task.gold(item), groups: task.groups?.(item) ?? [] };
  });
  const summary = task.summarize?.(ids.map((id) => responses.get(id)!));
  const header = headerOf(task, options.model ?? "");
  return {
    task: header.task,
    protocol: header.protocol,
    protocolVersion: header.protocolVersion,
    model: header.model,
    settings: header.settings,
    headline: header.headline,
    n: items.length,
    metrics: summary?.metrics ?? estimateMetrics(scored),
    groups: summary?.groups ?? estimateGroups(scored, task.primaryMetric),
    perItem: scored.map(({ id, prediction, gold, metrics, loadError }) => {
      const failure = loadError !== undefined && { unusable: loadError };
      return { id, prediction, gold, correct: metrics[task.primaryMetric] === 1, metrics, ...failure };
    }),
    promptSha256: await sha256(hashes.join("\n")),
    dataSha256: await sha256(JSON.stringify(scored.map(({ id, gold }) => [id, gold]))),
  };
}

function headerOf<Item, Request, Response>(task: EvalTask<Item, Request, Response>, model: string): RecordHeader {
  const { name, protocol, protocolVersion, primaryMetric, settings } = task;
  return { kind: "header", task: name, protocol, protocolVersion, headline: primaryMetric, settings, model };
}

async function continueFile(file: string, header: RecordHeader): Promise<readonly ItemRecord[]> {
  const before = await readRecordFile(file, { repair: true });
  if (!before) {
    await appendRecords(file, [header]);
    return [];
  }
  for (const key of ["task", "protocol", "protocolVersion", "settings", "model"] as const) {
    const [expected, received] = [JSON.stringify(header[key]), JSON.stringify(before.header[key])];
    if (expected === received) continue;
    const advice = "Name another file, or continue with the settings the file was started with";
    throw new EvalInputError({ where: `${file}: ${key}`, expected, received, advice });
  }
  return before.items;
}

function checkSameRequest(file: string, record: ItemRecord, hash: string): void {
  if (record.request === hash) return;
  throw new EvalInputError({
    where: `${file}: item ${record.id}`,
    expected: "the same prompt as when it was answered",
    received: "another one",
    advice: "The data or the prompt changed; start a new file",
  });
}

function checkUnique(task: string, ids: readonly string[]): void {
  const seen = new Set<string>();
  for (const id of ids) {
    if (seen.has(id))
      throw new EvalInputError({ where: `${task}: item ids`, expected: "each id once", received: `${id} twice` });
    seen.add(id);
  }
}
