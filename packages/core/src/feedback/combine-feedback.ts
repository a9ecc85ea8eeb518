import * as tf from "@tensorflow/tfjs";
import { type Feedback, type Params, VptError } from "@vpt/contracts";
import { globalNorm, innerProduct, mapParams } from "@vpt/contracts/tensors";

/** One objective of several. */
export interface WeightedFeedback {
  readonly name: string;
  readonly feedback: Feedback;
  /** ω_j. */
  readonly weight: number;
}

/** Options of {@link combineFeedback}. */
export interface CombineFeedbackOptions {
  /**
   * Scale each gradient to unit norm before weighting, since norms of tasks differ by orders of magnitude. Default
   * true.
   */
  readonly normalise?: boolean;
  /**
   * Called with each objective's norm and the cosine of each pair (`"a·b"`). Objectives with a negative cosine
   * conflict.
   */
  readonly onGradients?: (told: {
    readonly norms: Readonly<Record<string, number>>;
    readonly cosines: Readonly<Record<string, number>>;
  }) => void;
}

/**
 * Combines several downstream objectives: `g_down = Σ_j ω_j ĝ_j`, `ĝ_j = g_j/‖g_j‖`. An objective whose gradient
 * vanishes or is not finite is left out of this sum; when all are, the sum is zero and the meta step is skipped.
 *
 * @throws {VptError} When there are no objectives, two have one name, or a weight is not finite.
 * @example
 * ```ts
 * import { combineFeedback } from "@vpt/core";
 * import { lmFeedback } from "@vpt/lang";
 *
 * const feedback = combineFeedback([
 *   { name: "gsm8k", feedback: lmFeedback(config, { examples: gsm8k }), weight: 1 },
 *   { name: "own", feedback: lmFeedback(config, { examples }), weight: 0.5 },
 * ]);
 * ```
 * @see arXiv 2601.22108v2, equations 18 and 36. Differs: unit norms by default; the paper does not say.
 * @category feedback
 */
export function combineFeedback(
  objectives: readonly WeightedFeedback[],
  { normalise = true, onGradients }: CombineFeedbackOptions = {},
): Feedback {
  const names = objectives.map(({ name }) => name);
  if (names.length === 0) throw new VptError("combineFeedback: no objectives; give at least one");
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new VptError(`combineFeedback: two objectives are called "${twice}"; names must differ`);
  for (const { name, weight } of objectives) {
    if (!Number.isFinite(weight))
      throw new VptError(`combineFeedback: weight of "${name}" is ${weight}; expected a finite number`);
  }
  return {
    async gradient(...given) {
      const drawn: Params[] = [];
      try {
        for (const { feedback } of objectives) drawn.push(await feedback.gradient(...given));
        const { norms, cosines } = await geometry(names, drawn);
        onGradients?.({ norms, cosines });
        return tf.tidy(() => {
          let sum: Params = mapParams(drawn[0]!, (tensor) => tf.zerosLike(tensor));
          objectives.forEach(({ name, weight }, j) => {
            const norm = norms[name]!;
            if (!Number.isFinite(norm) || norm === 0) return;
            const factor = normalise ? weight / norm : weight;
            sum = mapParams(sum, (total, key) => total.add(drawn[j]![key]!.mul(factor)));
          });
          return sum;
        });
      } finally {
        tf.dispose(drawn as unknown as tf.TensorContainer);
      }
    },
  };
}

/** Norms of the gradients and the cosine of each pair, read at once. */
async function geometry(
  names: readonly string[],
  gradients: readonly Params[],
): Promise<{ norms: Record<string, number>; cosines: Record<string, number> }> {
  const pairs = names.flatMap((_, i) => names.slice(i + 1).map((__, j) => [i, i + 1 + j] as const));
  const read = tf.tidy(() =>
    tf.stack([
      ...gradients.map((gradient) => globalNorm(gradient)),
      ...pairs.map(([i, j]) => innerProduct(gradients[i]!, gradients[j]!)),
    ]),
  );
  const numbers = await read.data();
  read.dispose();
  const norms = Object.fromEntries(names.map((name, i) => [name, numbers[i]!]));
  const cosines = Object.fromEntries(
    pairs.map(([i, j], k) => {
      const product = numbers[i]! * numbers[j]!;
      return [`${names[i]}·${names[j]}`, product === 0 ? 0 : numbers[names.length + k]! / product];
    }),
  );
  return { norms, cosines };
}
