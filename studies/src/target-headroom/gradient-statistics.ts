import * as tf from "@tensorflow/tfjs";
import { innerProduct, mapParams, type Params } from "@vpt/core";
import type { GradientKind } from "./step-gain.js";

/** Sums gradients by kind, batch after batch. */
export interface GradientStatistics {
  /**
   * A preconditioned gradient of one kind, and that of the stream's labels on the same batch. Both stay the caller's.
   */
  add(kind: string, gradient: Params, ownLabels: Params): void;
  /** What was gathered of each kind; frees the sums. */
  conclude(): Readonly<Record<string, GradientKind>>;
}

/** Gathers what {@link GradientKind} says of each kind, against the held-out rows' gradient `down`. */
export function gradientStatistics(down: Params): GradientStatistics {
  const sums = new Map<string, { total: Params; count: number; square: number; withLabels: number; gain: number }>();
  return {
    add(kind, gradient, ownLabels) {
      const known = sums.get(kind);
      const total = mapParams(gradient, (tensor, name) =>
        known ? tf.add(tensor, known.total[name]!) : tensor.clone(),
      );
      if (known) tf.dispose(known.total);
      const { count, square, withLabels, gain } = known ?? { count: 0, square: 0, withLabels: 0, gain: 0 };
      sums.set(kind, {
        total,
        count: count + 1,
        square: square + dot(gradient, gradient),
        withLabels: withLabels + dot(gradient, ownLabels),
        gain: gain + dot(down, gradient),
      });
    },
    conclude: () =>
      Object.fromEntries(
        [...sums].map(([kind, { total, count, square, withLabels, gain }]): [string, GradientKind] => {
          const meanSquare = dot(total, total) / count ** 2;
          tf.dispose(total);
          return [kind, { square: square / count, meanSquare, withLabels: withLabels / count, gain: gain / count }];
        }),
      ),
  };
}

const dot = (a: Params, b: Params): number => {
  const product = innerProduct(a, b);
  const [value = NaN] = product.dataSync();
  product.dispose();
  return value;
};
