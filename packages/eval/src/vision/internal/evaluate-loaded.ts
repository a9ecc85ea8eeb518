import { EvalInputError } from "../../internal/errors.js";
import { evaluate, type EvaluationRecord, type RunOptions } from "../../runner/evaluate.js";
import type { EvalTask, ItemScore } from "../../runner/task.js";

/** One item that is read when its turn comes; `id` names it in the record, such as its file name. */
export interface LoadedItem<Loaded> {
  readonly id: string;
  /** Throws an `Error` of one line for what cannot be used: it is counted and left out. */
  load(): Promise<Loaded>;
}

/** Options of runs over items that are read from files. */
export interface LoadedRunOptions extends RunOptions {
  /** Give up when more than this share of the items cannot be used. Default 0.05; 0 gives up at the first. */
  readonly maxCorruptFraction?: number;
  /** Told of every item that cannot be used. */
  readonly onBad?: (bad: { readonly name: string; readonly reason: string }) => void;
}

/** A record that also says which items could not be used; they count in no metric. */
export interface LoadedEvaluationRecord extends EvaluationRecord {
  readonly quarantined: readonly { readonly name: string; readonly reason: string }[];
}

/** What is kept of an item that could not be used. */
interface Unusable {
  readonly unusable: string;
}
const isUnusable = (response: unknown): response is Unusable =>
  typeof response === "object" && response !== null && "unusable" in response;

/** A task over items that are loaded first. */
export interface LoadedTask<Item, Loaded, Response> extends Pick<
  EvalTask<Item, unknown, Response>,
  "name" | "protocol" | "protocolVersion" | "headline" | "settings" | "summarize"
> {
  gold?(item: Item): string;
  /** Loads nothing: scores what was kept. */
  score(response: Response, item: Item): ItemScore;
  /** Answers a batch; what comes back, one response an item, is all that is kept. */
  answer(batch: readonly { readonly item: Item; readonly loaded: Loaded }[]): Promise<readonly Response[]>;
}

/** Runs a task over items that may be broken: those that cannot be loaded are recorded with their reason, counted and budgeted. */
export async function evaluateLoaded<Item extends LoadedItem<Loaded>, Loaded, Response extends object>(
  task: LoadedTask<Item, Loaded, Response>,
  items: readonly Item[],
  options: LoadedRunOptions,
): Promise<LoadedEvaluationRecord> {
  const { maxCorruptFraction, onBad, ...run } = options;
  const budget = badItems(task.name, items.length, { maxCorruptFraction, onBad });
  const { name, protocol, protocolVersion, headline, settings, summarize, gold = ({ id }) => id } = task;
  const record = await evaluate<Item, Item, Response | Unusable>(
    {
      name,
      protocol,
      protocolVersion,
      headline,
      settings,
      gold,
      id: ({ id }) => id,
      fingerprint: ({ id }) => id,
      request: (item) => item,
      score: (response, item) =>
        isUnusable(response) ? { prediction: "", metrics: {}, ...response } : task.score(response, item),
      ...(summarize && {
        summarize: (responses) =>
          summarize(responses.filter((response): response is Response => !isUnusable(response))),
      }),
    },
    items,
    async (asked) => {
      const loaded = await Promise.all(asked.map((item) => loadOr(item, budget.leaveOut)));
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
  budget.check(quarantined); // with those that the file holds from before
  return { ...record, quarantined };
}

/** What `load` gives, or why it gives nothing. */
export async function loadOr<Loaded>(
  item: LoadedItem<Loaded>,
  leaveOut: (name: string, reason: string) => void,
): Promise<{ readonly loaded: Loaded } | Unusable> {
  try {
    return { loaded: await item.load() };
  } catch (error) {
    const reason = (error as Error).message;
    leaveOut(item.id, reason);
    return { unusable: reason };
  }
}

/** Counts items that cannot be used; gives up when they are more than a share of all. */
export function badItems(
  where: string,
  total: number,
  { maxCorruptFraction = 0.05, onBad }: { [Key in "maxCorruptFraction" | "onBad"]: LoadedRunOptions[Key] | undefined },
) {
  const bad: { name: string; reason: string }[] = [];
  const check = (all: readonly { readonly name: string; readonly reason: string }[]): void => {
    if (all.length <= maxCorruptFraction * total) return;
    const expected = `at most ${Number((maxCorruptFraction * 100).toPrecision(6))} % of ${total}`;
    const advice = `The first is ${all[0]!.name}: ${all[0]!.reason}`;
    throw new EvalInputError({
      where: `${where}: items that cannot be used`,
      expected,
      received: String(all.length),
      advice,
    });
  };
  return {
    bad,
    check,
    leaveOut(name: string, reason: string): void {
      bad.push({ name, reason });
      onBad?.({ name, reason });
      check(bad);
    },
  };
}
