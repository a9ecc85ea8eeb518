import * as tf from "@tensorflow/tfjs";
import { randomFromSeed, VptError, type BatchSource } from "@vpt/core";
import { dropoutKeys } from "@vpt/nn";
import type { LanguageBatch } from "../language-batch.js";

/**
 * Batches with the keys of the adapters' dropout, so that a learner's loss stays a pure function of its arguments. The
 * keys of batch n depend on the seed and n alone: a resumed run drops the same.
 *
 * @throws {VptError} From `restore`, when the saved state does not fit.
 * @example
 * ```ts
 * const batches = withDropoutKeys(exampleBatches(rows, { batchSize: 4, seed: 0 }), { seed: 0 });
 * const learner = causalLearner(withLora(config, { rank: 8, alpha: 16, dropout: 0.05 }));
 * ```
 * @see PEFT `lora.Linear`: dropout on what enters `A`.
 * @category lora
 */
export function withDropoutKeys(
  source: BatchSource<LanguageBatch>,
  { seed }: { readonly seed: number },
): BatchSource<LanguageBatch> {
  let drawn = 0;
  return {
    async next() {
      const batch = await source.next();
      if (batch === undefined) return undefined;
      const random = randomFromSeed(seed, `dropout ${drawn++}`);
      const keys = Int32Array.from({ length: 2 * batch.ids_BT.size }, () => random.integer(dropoutKeys));
      return { ...batch, dropout_R2: tf.tensor2d(keys, [batch.ids_BT.size, 2], "int32") };
    },
    state: () => ({ drawn, source: source.state() }),
    async restore(state) {
      const saved = state as { readonly drawn?: unknown; readonly source?: unknown } | null;
      if (!Number.isInteger(saved?.drawn))
        throw new VptError(
          `withDropoutKeys: expected a saved state { drawn, source }, received ${JSON.stringify(state)}`,
        );
      await source.restore(saved!.source);
      drawn = saved!.drawn as number;
    },
  };
}
