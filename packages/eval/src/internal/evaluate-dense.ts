import { EvalInputError } from "./errors.js";
import { evaluate, type EvaluationRecord, type RunOptions } from "./evaluate.js";
import type { EvalTask, ItemScore } from "./task.js";
import type { Picture } from "./dense-map.js";

/** One image with what is true of its pixels, read when its turn comes; `id` names it in the record, such as its file name. */
export interface DenseItem<Truth> {
  readonly id: string;
  /** Throws an `Error` of one line for an image or a map that cannot be used: it is counted and left out. */
  load(): Promise<{ readonly image: Picture; readonly truth: Truth }>;
}

/** Options of runs over images with pixel truth. */
export interface DenseRunOptions extends RunOptions {
  /** Give up when more than this share of the items cannot be used. Default 0.05. */
  readonly maximumBadShare?: number;
  /** Told of every item that cannot be used. */
  readonly onBad?: (bad: { readonly name: string; readonly reason: string }) => void;
}

/** A record that also says which items could not be used; they count in no metric. */
export interface DenseEvaluationRecord extends EvaluationRecord {
  readonly quarantined: readonly { readonly name: string; readonly reason: string }[];
}

/** What is kept of an item that could not be used. */
export interface Unusable {
  readonly unusable: string;
}
export const isUnusable = (response: unknown): response is Unusable =>
  typeof response === "object" && response !== null && "unusable" in response;

interface DenseTask<Truth, Response> extends Pick<
  EvalTask<unknown, unknown, Response>,
  "name" | "protocol" | "protocolVersion" | "headline" | "settings"
> {
  /** Loads nothing: scores what was kept. */
  score(response: Response): ItemScore;
  summarize?(
    responses: readonly Response[],
  ): ReturnType<NonNullable<EvalTask<unknown, unknown, Response>["summarize"]>>;
  /** Answers one image; what comes back is all that is kept. */
  answer(item: DenseItem<Truth>, loaded: { readonly image: Picture; readonly truth: Truth }): Promise<Response>;
}

/** Runs a dense task item by item: only one image's maps are in memory. */
export async function evaluateDense<Truth, Response extends object>(
  task: DenseTask<Truth, Response>,
  items: readonly DenseItem<Truth>[],
  options: DenseRunOptions,
): Promise<DenseEvaluationRecord> {
  const { maximumBadShare = 0.05, onBad, ...run } = options;
  const quarantined: { name: string; reason: string }[] = [];
  const leaveOut = (name: string, reason: string): void => {
    quarantined.push({ name, reason });
    if (quarantined.length > maximumBadShare * Math.max(items.length, 1 / maximumBadShare)) {
      const where = `${task.name}: items that cannot be used`;
      const advice = `The first is ${quarantined[0]!.name}: ${quarantined[0]!.reason}`;
      throw new EvalInputError({ where, expected: `at most ${maximumBadShare * 100} % of ${items.length}`, received: String(quarantined.length), advice }); // prettier-ignore
    }
  };
  const answer = async (item: DenseItem<Truth>): Promise<Response | Unusable> => {
    let loaded;
    try {
      loaded = await item.load();
    } catch (error) {
      const reason = (error as Error).message;
      onBad?.({ name: item.id, reason });
      return { unusable: reason };
    }
    return task.answer(item, loaded);
  };
  const { name, protocol, protocolVersion, headline, settings, summarize } = task;
  const record = await evaluate<DenseItem<Truth>, DenseItem<Truth>, Response | Unusable>(
    {
      name,
      protocol,
      protocolVersion,
      headline,
      settings,
      id: ({ id }) => id,
      fingerprint: ({ id }) => id,
      request: (item) => item,
      gold: ({ id }) => id,
      score: (response) =>
        isUnusable(response)
          ? { prediction: `cannot be used: ${response.unusable}`, metrics: {} }
          : task.score(response),
      ...(summarize && {
        summarize: (responses) =>
          summarize(responses.filter((response): response is Response => !isUnusable(response))),
      }),
    },
    items,
    async (asked) => {
      const answers = [];
      for (const item of asked) {
        const response = await answer(item);
        if (isUnusable(response)) leaveOut(item.id, response.unusable);
        answers.push(response);
      }
      return answers;
    },
    run,
  );
  const bad = record.perItem.filter(({ prediction }) => prediction.startsWith("cannot be used: "));
  return { ...record, quarantined: bad.map(({ id, prediction }) => ({ name: id, reason: prediction.slice(16) })) };
}
