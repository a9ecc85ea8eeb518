import * as tf from "@tensorflow/tfjs";
import { type Params, VptError } from "@vpt/contracts";
import { mapParams } from "@vpt/contracts/tensors";
import { valueGradient, type ValueInputs, type ValueOptions } from "./value-gradient.js";

/** One domain: its own unlabeled batch and its own way down. */
export interface ValueDomain<Batch> {
  readonly batch: Batch;
  /** `g_down,d`, scaled as it should count. */
  readonly direction: Params;
}

/**
 * The domain-matched value of several objectives: each domain's feedback is aligned with the learner's gradient on that
 * domain's stream alone, `V = (1/|D|) Σ_d Align(g_down,d, g_pre,d)`, where {@link combineFeedback} aligns their sum
 * with one mixed batch.
 *
 * @returns V and `∇_φ V` (less each domain's penalty, averaged alike); new tensors, owned by the caller.
 * @throws {VptError} When there are no domains; else as {@link valueGradient}.
 * @example
 * ```ts
 * import { domainValue } from "@vpt/core";
 * import { collate, lmFeedback } from "@vpt/lang";
 *
 * const directionOf = (domain: typeof gsm8k) =>
 *   lmFeedback(config, { examples: domain }).gradient(params, ["model.norm.weight"], random);
 * const { value, gradient } = domainValue({ learner, designer, params, designerParams: designer.init(0) }, [
 *   { batch: collate(rows.slice(0, 4)), direction: await directionOf(gsm8k) },
 *   { batch: collate(rows.slice(4, 8)), direction: await directionOf(examples) },
 * ]);
 * ```
 * @see arXiv 2601.22108v2, equations 44–46.
 * @category value
 */
export function domainValue<Batch, View>(
  shared: Omit<ValueInputs<Batch, View>, "batch" | "direction">,
  domains: readonly ValueDomain<Batch>[],
  options: ValueOptions = {},
): { readonly value: tf.Scalar; readonly gradient: Params } {
  if (domains.length === 0) throw new VptError("domainValue: no domains; give at least one");
  return tf.tidy(() => {
    const each = domains.map((domain) => valueGradient({ ...shared, ...domain }, options));
    const mean = (tensors: readonly tf.Tensor[]): tf.Tensor => tf.addN([...tensors]).div(domains.length);
    return {
      value: mean(each.map(({ value }) => value)) as tf.Scalar,
      gradient: mapParams(each[0]!.gradient, (_, name) => mean(each.map(({ gradient }) => gradient[name]!))),
    };
  });
}
