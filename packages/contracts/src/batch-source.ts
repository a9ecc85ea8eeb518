/** Where batches come from: a cursor that can be saved and put back. */
export interface BatchSource<Batch> {
  /** The next batch, or undefined when there are no more. Its tensors belong to the loop, which frees them. */
  next(): Promise<Batch | undefined>;
  /** Plain JSON that {@link BatchSource.restore} takes back. */
  state(): unknown;
  restore(state: unknown): void | Promise<void>;
}
