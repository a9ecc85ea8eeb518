import * as tf from "@tensorflow/tfjs";
import type { BatchSource } from "./batch-source.js";

/** The next batch of each source, in order; undefined, and nothing kept, when one of them has ended. */
export async function nextOfEach<Batch>(sources: readonly BatchSource<Batch>[]): Promise<Batch[] | undefined> {
  const batches: Batch[] = [];
  for (const source of sources) {
    const batch = await source.next();
    if (batch === undefined) {
      tf.dispose(batches as tf.TensorContainer);
      return undefined;
    }
    batches.push(batch);
  }
  return batches;
}
