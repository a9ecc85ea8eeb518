import * as tf from "@tensorflow/tfjs";
import { type Designer, type Params, VptError } from "@vpt/contracts";
import { mapParams } from "@vpt/contracts/tensors";
import { withKeptTensors } from "../internal/with-kept-tensors.js";
import { designerGradient, valuePass, type ValueInputs, type ValueOptions, type ValuePass } from "./value-gradient.js";

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
  return withKeptTensors((keep) => {
    const passes = domains.map((domain) => valuePass({ ...shared, ...domain }, options, keep));
    return {
      value: meanValue(passes),
      gradient: meanDesignerGradient(shared.designer, shared.designerParams, passes),
    };
  });
}

/** The mean of V over the domains. */
export const meanValue = <Batch, View>(passes: readonly ValuePass<Batch, View>[]): tf.Scalar =>
  tf.addN(passes.map(({ value }) => value)).div(passes.length) as tf.Scalar;

/** The mean over the domains of {@link designerGradient}. */
export function meanDesignerGradient<Batch, View>(
  designer: Designer<Batch, View>,
  designerParams: Params,
  passes: readonly ValuePass<Batch, View>[],
): Params {
  const each = passes.map((pass) => designerGradient(designer, designerParams, pass));
  if (each.length === 1) return each[0]!;
  return mapParams(each[0]!, (_, name) => tf.addN(each.map((gradient) => gradient[name]!)).div(each.length));
}
