import type { Estimate } from "../statistics/statistics.js";
import { checkInteger, checkLength, EvalInputError } from "../internal/errors.js";
import { appendRecords, readRecordFile, sha256, type ItemRecord, type RecordHeader } from "./record-file.js";
import { estimateGroups, estimateMetrics } from "./summarize-run.js";
import type { EvalTask } from "./task.js";

/** Options that all runners share. */
export interface RunOptions {
  /** JSONL file of one line an item, appended to after each batch (longest requests first); an existing one is continued, never asked again. */
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
  readonly headline: string;
  readonly metrics: Readonly<Record<string, Estimate>>;
  /** The headline metric by group, such as subject or configuration. */
  readonly groups: Readonly<Record<string, Estimate & { readonly n: number }>>;
  readonly perItem: readonly {
    readonly id: string;
    readonly prediction: string;
    readonly gold: string;
    /** The headline metric is 1. */
    readonly correct: boolean;
    readonly metrics: Readonly<Record<string, number>>;
    /** Why the item could not be used; it counts in no metric. */
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
 * Runs a task over items: asks in batches, appends each batch to the record file, and sums up. Items that the file already holds are
 * scored from their stored response; the text of their prompt must be the same as then.
 */
export async function evaluate<Item, Request, Response>(
  task: EvalTask<Item, Request, Response>,
  items: readonly Item[],
  ask: Ask<Request, Response>,
  options: RunOptions = {},
): Promise<EvaluationRecord> {
  const { file, model = "", batchSize = 8, onProgress, signal } = options;
  checkInteger("evaluate: batchSize", batchSize, 1);
  const started = performance.now();
  const ids = items.map((item, i) => task.id(item, i));
  checkUnique(task.name, ids);
  const lengths: number[] = [];
  const prints = await Promise.all(
    items.map((item, i) => {
      const asked = task.fingerprint?.(item) ?? JSON.stringify(task.request(item));
      lengths[i] = task.fingerprint ? 0 : asked.length;
      return sha256(asked);
    }),
  );
  const header = headerOf(task, model);
  const responses = new Map<string, Response>();
  const positions = new Map(ids.map((id, i) => [id, i]));
  for (const record of await continueFile(file, header)) {
    const at = positions.get(record.id);
    if (at !== undefined) checkSameRequest(file!, record, prints[at]!);
    responses.set(record.id, record.response as Response);
  }
  // Longest first: requests of like length share a batch, and what does not fit shows at once.
  const pending = [...ids.keys()]
    .filter((i) => !responses.has(ids[i]!))
    .sort((a, b) => lengths[b]! - lengths[a]! || a - b);
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
      responses.set(ids[i]!, answers[k]!);
      const gold = task.gold(items[i]!);
      return {
        kind: "item",
        id: ids[i]!,
        request: prints[i]!,
        response: answers[k],
        ...task.score(answers[k]!, items[i]!),
        gold,
      };
    });
    if (file !== undefined) await appendRecords(file, records);
    onProgress?.(ids.length - pending.length + start + at.length, ids.length);
  }
  const scored = items.map((item, i) => {
    const score = task.score(responses.get(ids[i]!)!, item);
    return { id: ids[i]!, ...score, gold: task.gold(item), groups: task.groups?.(item) ?? [] };
  });
  const summary = task.summarize?.(ids.map((id) => responses.get(id)!));
  return {
    task: header.task,
    protocol: header.protocol,
    protocolVersion: header.protocolVersion,
    model,
    settings: header.settings,
    headline: header.headline,
    n: items.length,
    metrics: summary?.metrics ?? estimateMetrics(scored),
    groups: summary?.groups ?? estimateGroups(scored, task.headline),
    perItem: scored.map(({ id, prediction, gold, metrics, unusable }) => {
      return {
        id,
        prediction,
        gold,
        correct: metrics[task.headline] === 1,
        metrics,
        ...(unusable !== undefined && { unusable }),
      };
    }),
    promptSha256: await sha256(prints.join("\n")),
    dataSha256: await sha256(JSON.stringify(scored.map(({ id, gold }) => [id, gold]))),
    wallSeconds: (performance.now() - started) / 1000,
  };
}

function headerOf<Item, Request, Response>(task: EvalTask<Item, Request, Response>, model: string): RecordHeader {
  const { name, protocol, protocolVersion, headline, settings } = task;
  return { kind: "header", task: name, protocol, protocolVersion, headline, settings, model };
}

async function continueFile(file: string | undefined, header: RecordHeader): Promise<readonly ItemRecord[]> {
  if (file === undefined) return [];
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

function checkSameRequest(file: string, record: ItemRecord, print: string): void {
  if (record.request === print) return;
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
