import { detached, jvp } from "@vpt/autodiff";
import * as tf from "@tensorflow/tfjs";
import { type Auxiliary, type Designer, type Learner, type Params, type Task, VptError } from "@vpt/contracts";
import { type KeepAlive, withKeptTensors } from "../internal/with-kept-tensors.js";
import { cloneParams, globalNorm, innerProduct, mapParams, pick } from "@vpt/contracts/tensors";
import { taskGradient, type TaskGradient } from "./task-gradient.js";

/** How the derivative along the direction is taken: exactly, or by finite differences. */
export type Derivative = "forward-mode" | "central-difference" | "forward-difference";

/** The problem at one point: who learns, who designs, on which batch, and which way is downstream. */
export interface ValueInputs<Batch, View> {
  readonly learner: Learner<Batch, View>;
  readonly designer: Designer<Batch, View>;
  readonly params: Params;
  /** What the loss reads beside its parameters. */
  readonly auxiliary?: Auxiliary;
  readonly designerParams: Params;
  readonly batch: Batch;
  /**
   * `g` over the aligned subset S: its names are the subset. Precondition it first for AdamW ({@link
   * Optimizer.precondition}).
   */
  readonly direction: Params;
}

/** Choices of {@link valueGradient}. */
export interface ValueOptions {
  readonly derivative?: Derivative;
  /** `cosine` follows `(ĝ − cos·ĝ_pre)/‖g_pre‖` instead of g, at the price of one backward pass. */
  readonly similarity?: "dot" | "cosine";
  /** Finite differences only: their step as a share of the subset's norm, `ε = h·‖θ_S‖/‖g‖`. */
  readonly relativeStep?: number;
}

/** What {@link valueGradient} returns; every tensor is the caller's. */
export type ValueGradient = {
  /** `V = ⟨g, ∇_θS L(θ, task)⟩`; with `similarity: "cosine"` the cosine itself. */
  readonly value: tf.Scalar;
  /** `∇_φ (V − penalty)`: the designer ascends it. Empty for a designer without parameters. */
  readonly gradient: Params;
  /** `∂V/∂task` under the names of the task's float tensors. */
  readonly cotangent: Task;
  /** The task the designer made before its update. */
  readonly task: Task;
};

/**
 * Value of the designer's task on one batch, and its gradient in the designer's parameters:
 * `V(φ) = ⟨g, ∇_θ L(θ, task(φ))⟩` and `∇_φ V`, a mixed second derivative, without nesting gradients.
 *
 * One pass gives `∂V/∂task = d/dε ∇_task L(θ + εg, task)` at ε = 0; backprop of that cotangent through the designer
 * gives `∇_φ V`. Tangents live only downstream of the subset; a learner with `cacheFrozenActivations` is run from
 * there. One with `embedTask` takes the layers between the task and the subset once forward and once backward, with any
 * `derivative`.
 *
 * @throws {VptError} When the direction is empty or names a parameter the learner does not have.
 * @example
 * ```ts
 * import { valueGradient } from "@vpt/core";
 * import { lmFeedback } from "@vpt/lang";
 *
 * const direction = await lmFeedback(config, { examples: gsm8k }).gradient(params, ["model.norm.weight"], random);
 * const at = { learner, designer, params, designerParams: designer.init(0), batch };
 * const { value, gradient } = valueGradient({ ...at, direction });
 * ```
 * @see arXiv 2601.22108v1, equations 14 and 15. Differs: a directional derivative instead of double backprop; the two
 *   agree.
 * @category value
 */
export function valueGradient<Batch, View>(
  inputs: ValueInputs<Batch, View>,
  options: ValueOptions = {},
): ValueGradient {
  return withKeptTensors((keep) => {
    const pass = valuePass(inputs, options, keep);
    return {
      value: pass.value.clone() as tf.Scalar,
      gradient: designerGradient(inputs.designer, inputs.designerParams, pass),
      cotangent: cloneParams(pass.cotangent),
      task: cloneParams(pass.task),
    };
  });
}

/** One value pass: V, and all that `∇_φ (V − penalty)` needs at any φ, since `∂V/∂task` does not depend on φ. */
export interface ValuePass<Batch, View> {
  readonly value: tf.Scalar;
  readonly cotangent: Task;
  readonly task: Task;
  readonly batch: Batch;
  readonly view: View;
}

/** Takes V and `∂V/∂task` in one pass, within the scope that `keep` belongs to. */
export function valuePass<Batch, View>(
  { learner, designer, params, auxiliary, designerParams, direction, batch: given }: ValueInputs<Batch, View>,
  { derivative = "forward-mode", similarity = "dot", relativeStep = 1e-3 }: ValueOptions,
  keep: KeepAlive,
): ValuePass<Batch, View> {
  const subset = Object.keys(direction);
  if (subset.length === 0)
    throw new VptError("valueGradient: direction is empty; expected one gradient per aligned parameter");
  const start = pick(params, subset);
  const batch = learner.cacheFrozenActivations?.(params, given, subset) ?? given;
  let view: View | undefined;
  let task: Task | undefined;
  let seen: Task | undefined;
  // The first forward builds the task; every later one of this call sees the same task.
  const taskOf = (now: View): Task => {
    if (seen) return seen;
    view = keep(now);
    const made = (task = keep(detached(() => designer.design(designerParams, batch, now))));
    return (seen = learner.embedTask ? keep(detached(() => learner.embedTask!(params, batch, made))) : made);
  };
  const at = (moved: Params): TaskGradient =>
    taskGradient(learner, { ...params, ...moved }, batch, taskOf, keep, auxiliary);

  let towards = direction;
  let cosine: tf.Scalar | undefined;
  if (similarity === "cosine") {
    const pretraining = gradientsOf((moved) => learner.loss({ ...params, ...moved }, batch, taskOf, auxiliary), start);
    ({ towards, cosine } = cosineDirection(direction, pretraining));
  }
  const rate =
    derivative === "forward-mode"
      ? jvp(at, start, towards).tangent
      : difference(at, start, towards, { central: derivative === "central-difference", relativeStep });
  const cotangent = learner.embedTask
    ? gradientsOf(
        (moved) => innerProduct(rate.gradient, learner.embedTask!(params, batch, { ...task, ...moved })),
        floatsOf(task!),
      )
    : rate.gradient;
  return { value: cosine ?? rate.loss, cotangent, task: task!, batch, view: view as View };
}

/** Computes `∇_φ (⟨∂V/∂task, task(φ)⟩ − penalty)`, the gradient that the designer ascends, at any φ. New tensors. */
export const designerGradient = <Batch, View>(
  designer: Designer<Batch, View>,
  designerParams: Params,
  { cotangent, batch, view }: ValuePass<Batch, View>,
): Params =>
  gradientsOf((phi) => {
    const designed = designer.design(phi, batch, view);
    const earned = innerProduct(cotangent, designed);
    return designer.penalty ? earned.sub(designer.penalty(designed, batch, view)) : earned;
  }, designerParams);

const floatsOf = (task: Task): Task =>
  Object.fromEntries(Object.entries(task).filter(([, { dtype }]) => dtype === "float32"));

/** `∇f` over named tensors; zeros where f does not depend on one, for which `tf.grads` would throw. */
function gradientsOf(f: (params: Params) => tf.Scalar, params: Params): Params {
  if (Object.keys(params).length === 0) return {};
  const variables = cloneParams(params);
  const { grads } = tf.engine().gradients(() => f(variables), Object.values(variables), undefined, true);
  const gradients = Object.keys(params).map((name, i) => [name, grads[i] ?? tf.zerosLike(params[name]!)]);
  return Object.fromEntries(gradients) as Params;
}

/**
 * The direction along which the cosine grows, `u = (ĝ − cos·ĝ_pre)/‖g_pre‖`: `∂cos/∂task` is the tangent along u
 * (method 7.2).
 */
function cosineDirection(direction: Params, pretraining: Params): { towards: Params; cosine: tf.Scalar } {
  const downNorm = globalNorm(direction);
  const preNorm = globalNorm(pretraining);
  const cosine = innerProduct(direction, pretraining).divNoNan(downNorm.mul(preNorm)) as tf.Scalar;
  const towards = mapParams(direction, (g, name) =>
    g.divNoNan(downNorm).sub(pretraining[name]!.mul(cosine).divNoNan(preNorm)).divNoNan(preNorm),
  );
  return { towards, cosine };
}

/** `(f(θ + εg) − f(θ − εg))/2ε`, or one-sided from the base point, for the loss and its task gradient together. */
function difference(
  f: (params: Params) => TaskGradient,
  start: Params,
  towards: Params,
  { central, relativeStep }: { central: boolean; relativeStep: number },
): TaskGradient {
  // f at the base point comes first in both rules: it is where the task is built.
  const base = f(start);
  const epsilon = globalNorm(start).mul(relativeStep).divNoNan(globalNorm(towards));
  const moved = (sign: 1 | -1): TaskGradient =>
    f(mapParams(start, (tensor, name) => tensor.add(towards[name]!.mul(epsilon.mul(sign)))));
  const ahead = moved(1);
  const behind = central ? moved(-1) : base;
  const rate = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => a.sub(b).divNoNan(epsilon.mul(central ? 2 : 1));
  return {
    loss: rate(ahead.loss, behind.loss) as tf.Scalar,
    gradient: mapParams(ahead.gradient, (tensor, name) => rate(tensor, behind.gradient[name]!)) as Record<
      string,
      tf.Tensor
    >,
  };
}
