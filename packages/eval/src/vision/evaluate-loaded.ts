import { EvalInputError } from "../errors.js";
import { evaluate, type EvaluationRecord, type RunOptions } from "../runner/evaluate.js";
import type { EvalTask, ItemScore } from "../runner/task.js";

/** One item that is read when its turn comes; `id` names it in the record, such as its file name. */
export interface LoadedItem<Loaded> {
  readonly id: string;
  /** Throws an `Error` of one line for an item that cannot be used: it is counted and left out. */
  load(): Promise<Loaded>;
}

/** Options of runs over items that are read from files. */
export interface LoadedRunOptions extends RunOptions {
  /** Largest fraction of items that may fail to load; more end the run. Default 0.05; 0 gives up at the first. */
  readonly maxCorruptFraction?: number;
  /** Called for every item that cannot be loaded. */
  readonly onBad?: (bad: FailedItem) => void;
}

/** A record that also says which items could not be used; they count in no metric. */
export interface LoadedEvaluationRecord extends EvaluationRecord {
  readonly quarantined: readonly FailedItem[];
}

/** Response that is stored of an item that could not be loaded. */
interface LoadError {
  readonly unusable: string;
}
const isLoadError = (response: unknown): response is LoadError =>
  typeof response === "object" && response !== null && "unusable" in response;

/** A task over items that are loaded first. */
export interface LoadedTask<Item, Loaded, Response> extends Pick<
  EvalTask<Item, unknown, Response>,
  "name" | "protocol" | "protocolVersion" | "primaryMetric" | "settings" | "summarize"
> {
  gold?(item: Item): string;
  /** Loads nothing: scores what was kept. */
  score(response: Response, item: Item): ItemScore;
  /** Answers a batch; what comes back, one response an item, is all that is kept. */
  answer(batch: readonly { readonly item: Item; readonly loaded: Loaded }[]): Promise<readonly Response[]>;
}

/**
 * Runs a task over items that may be broken. Those that cannot be loaded are recorded with their reason; more than
 * `maxCorruptFraction` of them end the run.
 */
export async function evaluateLoaded<Item extends LoadedItem<Loaded>, Loaded, Response extends object>(
  task: LoadedTask<Item, Loaded, Response>,
  items: readonly Item[],
  options: LoadedRunOptions,
): Promise<LoadedEvaluationRecord> {
  const { maxCorruptFraction, onBad, ...run } = options;
  const failed = failedItems(task.name, items.length, { maxCorruptFraction, onBad });
  const { name, protocol, protocolVersion, primaryMetric, settings, summarize, gold = ({ id }) => id } = task;
  const record = await evaluate<Item, Item, Response | LoadError>(
    {
      name,
      protocol,
      protocolVersion,
      primaryMetric,
      settings,
      gold,
      id: ({ id }) => id,
      fingerprint: ({ id }) => id,
      request: (item) => item,
      score: (response, item) =>
        isLoadError(response)
          ? { prediction: "", metrics: {}, loadError: response.unusable }
          : task.score(response, item),
      ...(summarize && {
        summarize: (responses) =>
          summarize(responses.filter((response): response is Response => !isLoadError(response))),
      }),
    },
    items,
    async (asked) => {
      const loaded = await Promise.all(asked.map((item) => tryLoad(item, failed)));
      const usable = loaded.flatMap((value, i) =>
        "loaded" in value ? [{ item: asked[i]!, loaded: value.loaded }] : [],
      );
      const answers = usable.length === 0 ? [] : await task.answer(usable);
      let next = 0;
      return loaded.map((value) => ("loaded" in value ? answers[next++]! : value));
    },
    run,
  );
  const quarantined = record.perItem.flatMap(({ id, unusable }) =>
    unusable === undefined ? [] : [{ name: id, reason: unusable }],
  );
  failed.check(quarantined); // with those that the file holds from before
  return { ...record, quarantined };
}

/** Loads an item, or counts it as failed and returns why. */
export async function tryLoad<Loaded>(
  item: LoadedItem<Loaded>,
  failed: FailedItems,
): Promise<{ readonly loaded: Loaded } | LoadError> {
  try {
    return { loaded: await item.load() };
  } catch (error) {
    const reason = (error as Error).message;
    failed.add(item.id, reason);
    return { unusable: reason };
  }
}

/** Items that could not be loaded, and how many of them a run accepts. */
export interface FailedItems {
  readonly items: readonly FailedItem[];
  add(name: string, reason: string): void;
  /** Throws when `items` are too many. */
  check(items: readonly FailedItem[]): void;
}

/** An item that could not be loaded. */
export interface FailedItem {
  readonly name: string;
  readonly reason: string;
}

/** Counts items that cannot be loaded, and throws when they are more than a fraction of all. */
export function failedItems(
  where: string,
  total: number,
  { maxCorruptFraction = 0.05, onBad }: { [Key in "maxCorruptFraction" | "onBad"]: LoadedRunOptions[Key] | undefined },
): FailedItems {
  const items: FailedItem[] = [];
  const check = (all: readonly FailedItem[]): void => {
    if (all.length <= maxCorruptFraction * total) return;
    throw new EvalInputError({
      where: `${where}: items that cannot be used`,
      expected: `at most ${Number((maxCorruptFraction * 100).toPrecision(6))} % of ${total}`,
      received: String(all.length),
      advice: `The first is ${all[0]!.name}: ${all[0]!.reason}`,
    });
  };
  return {
    items,
    check,
    add(name, reason) {
      items.push({ name, reason });
      onBad?.({ name, reason });
      check(items);
    },
  };
}
