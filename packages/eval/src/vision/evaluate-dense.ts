import type { Picture } from "./dense-map.js";
import {
  evaluateLoaded,
  type LoadedEvaluationRecord,
  type LoadedItem,
  type LoadedRunOptions,
  type LoadedTask,
} from "./evaluate-loaded.js";

/** One image with what is true of its pixels, read when its turn comes. */
export type DenseItem<Truth> = LoadedItem<{ readonly image: Picture; readonly truth: Truth }>;

/** Options of runs over images with pixel truth. */
export type DenseRunOptions = LoadedRunOptions;

/** The record of such a run, with the items that could not be used. */
export type DenseEvaluationRecord = LoadedEvaluationRecord;

interface DenseTask<Truth, Response> extends Omit<LoadedTask<DenseItem<Truth>, unknown, Response>, "answer" | "gold"> {
  /** Answers one image; what comes back is all that is kept. */
  answer(item: DenseItem<Truth>, loaded: { readonly image: Picture; readonly truth: Truth }): Promise<Response>;
}

/**
 * Runs a dense task image by image, so that only one image's maps are in memory and each is recorded when it is done.
 */
export const evaluateDense = <Truth, Response extends object>(
  task: DenseTask<Truth, Response>,
  items: readonly DenseItem<Truth>[],
  options: DenseRunOptions,
): Promise<DenseEvaluationRecord> =>
  evaluateLoaded<DenseItem<Truth>, { readonly image: Picture; readonly truth: Truth }, Response>(
    { ...task, answer: (batch) => Promise.all(batch.map(({ item, loaded }) => task.answer(item, loaded))) },
    items,
    { ...options, batchSize: 1 },
  );
