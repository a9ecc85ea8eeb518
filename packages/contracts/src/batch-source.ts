/**
 * Where batches come from: a cursor that can be saved and put back.
 *
 * @example
 * ```ts
 * import { fromSteps } from "@vpt/contracts";
 *
 * const source = fromSteps((step) => Promise.resolve({ step })); // any object with these methods is one
 * ```
 * @category training
 */
export interface BatchSource<Batch> {
  /** Returns the next batch, or undefined when there are no more. Its tensors belong to the loop, which frees them. */
  next(): Promise<Batch | undefined>;
  /** Returns the cursor as plain JSON that {@link BatchSource.restore} takes back. */
  state(): unknown;
  /** Puts the cursor where `state` was taken: the next batch is the one that came next then. */
  restore(state: unknown): void | Promise<void>;
  /**
   * Frees what the source holds open, such as files and worker threads. Whoever made the source calls it once; the loop
   * does not.
   */
  close?(): Promise<void>;
}
