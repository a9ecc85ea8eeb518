import { detached } from "@vpt/autodiff";
import * as tf from "@tensorflow/tfjs";
import type { Moments, UpdateScalars } from "../optim/adam-w.js";
import { alignmentCosine } from "../value/alignment-value.js";
import { type Params, type Task, identityAllReduce } from "@vpt/contracts";
import { clipByGlobalNorm, globalNorm, innerProduct, mapParams, pick } from "@vpt/contracts/tensors";
import type { TrainStepOptions } from "./train-step.js";
import { domainValue } from "../value/domain-value.js";
import { valueGradient, type ValueOptions } from "../value/value-gradient.js";
import { feedbacksOf, meanOfDomains, splitDomains } from "../value/domains.js";
import { withKeptTensors, type KeepAlive } from "../internal/with-kept-tensors.js";
import { namedGradients } from "./named-gradients.js";

/** Where the learner's task comes from on a step. */
export type StepKind =
  /** `designer.plain`: the baseline, and the burn-in. */
  | "plain"
  /** `designer.design` with the designer as it is. */
  | "design"
  /** A value pass first: it moves the designer, or gives the task of a closed form. */
  | "value";

/** All tensors of one step; what changes from step to step is among them. */
export interface StepInputs<Batch> {
  readonly kind: StepKind;
  readonly batch: Batch;
  readonly params: Params;
  readonly moments: Moments;
  readonly numbers: UpdateScalars;
  readonly designerParams: Params;
  readonly designerMoments: Moments;
  readonly designerNumbers: UpdateScalars;
  readonly feedbackEma: Params;
  /** Numbers of `follow`. */
  readonly postUpdateScalars?: UpdateScalars;
}

/** A group of parameters after its update. */
export type Updated = { readonly params: Params; readonly moments: Moments };

/** New tensors throughout. */
export type StepOutputs = {
  readonly learner: Updated;
  /** What `follow` moved. */
  readonly auxiliary?: Params;
  /** Nothing without a value pass, or when the designer has a closed form. */
  readonly designer?: Updated;
  /** `loss` and `gradientNorm`, whose being finite decides whether the step counts. */
  readonly guardScalars: Readonly<Record<"loss" | "gradientNorm", tf.Scalar>>;
  readonly loggedScalars: Readonly<Record<string, tf.Scalar>>;
  /** `value` and `designerGradientNorm`: not finite means that `designer` holds what was given. */
  readonly designerMetrics: Readonly<Record<string, tf.Scalar>>;
};

/** What the micro-batches of a step gave so far, as sums. */
export type Accumulated = {
  readonly loss: tf.Scalar;
  readonly gradient: Params;
  readonly described: Readonly<Record<string, tf.Scalar>>;
};

/**
 * One step as a function of tensors alone: value → designer AdamW → φ' → task → loss → learner AdamW. Nothing is read in between, so
 * that a compiled step is one graph, in which the prefix, the logits and the candidates of both passes exist once.
 */
export const stepFunction =
  <Batch, View>(options: TrainStepOptions<Batch, View>) =>
  (inputs: StepInputs<Batch>): StepOutputs =>
    withKeptTensors((hold) => {
      const directions = directionsOf(inputs, options);
      const { gathered, designer, designerMetrics, used, started } = gather(inputs, directions[0], options, hold);
      const { loggedScalars, ...updated } = learnerUpdate(inputs, reduced(gathered, options), directions, options);
      const { params: followed, loggedScalars: seen } =
        options.postUpdate?.update({
          before: inputs.params,
          after: updated.learner.params,
          batch: started,
          task: used,
          numbers: inputs.postUpdateScalars!,
        }) ?? {};
      return {
        ...updated,
        loggedScalars: { ...loggedScalars, ...seen },
        designerMetrics,
        ...(designer && { designer }),
        ...(followed && { auxiliary: followed }),
      };
    });

/** The directions of a step in micro-batches, worked out once for all of them: one a domain; none without a value. */
export const directionsFunction =
  <Batch, View>(options: TrainStepOptions<Batch, View>) =>
  (inputs: Omit<StepInputs<never>, "batch">): readonly Params[] =>
    // Copies: a direction may be the average itself, which is the state's.
    withKeptTensors(() => directionsOf(inputs, options).map((each) => mapParams(each, (tensor) => tensor.clone())));

/** The designer's step from several domains, a micro-batch each: `φ ← φ + AdamW(∇_φ (1/|D|) Σ_d Align(g_down,d, g_pre,d))`. */
export const domainsFunction =
  <Batch, View>(options: TrainStepOptions<Batch, View>) =>
  (
    inputs: Omit<StepInputs<never>, "batch">,
    batches: readonly Batch[],
    directions: readonly Params[],
  ): Pick<StepOutputs, "designer" | "designerMetrics"> =>
    withKeptTensors(() => {
      const { learner, designer, allReduce = identityAllReduce } = options;
      const { params, designerParams } = inputs;
      const domains = batches.map((batch, d) => ({
        batch: learner.metaBatch?.(batch) ?? batch,
        direction: directions[d]!,
      }));
      const { gradient, ...found } = domainValue(
        { learner, designer, params, designerParams },
        domains,
        valueOptions(options),
      );
      const { value } = allReduce({ value: found.value }, "value");
      return designerUpdate(inputs, { value, gradient }, options);
    });

/** The first half of a step on one of its micro-batches: the designer's part, and the learner's gradient added to `sum`. */
export const gatherFunction =
  <Batch, View>(options: TrainStepOptions<Batch, View>) =>
  (
    inputs: StepInputs<Batch>,
    direction: Params | undefined,
    sum?: Accumulated,
  ): { readonly gathered: Accumulated } & Pick<StepOutputs, "designer" | "designerMetrics"> =>
    withKeptTensors((hold) => {
      const { gathered, designer, designerMetrics } = gather(inputs, direction, options, hold);
      return { gathered: sum ? added(sum, gathered) : gathered, designerMetrics, ...(designer && { designer }) };
    });

/** The second half: the learner's update from the mean over `count` micro-batches. */
export const updateFunction =
  <Batch, View>(options: TrainStepOptions<Batch, View>) =>
  (
    inputs: Omit<StepInputs<never>, "batch">,
    sum: Accumulated,
    count: number,
    directions: readonly Params[],
  ): Pick<StepOutputs, "learner" | "guardScalars" | "loggedScalars"> =>
    withKeptTensors(() => {
      const mean = (each: Params): Params => mapParams(each, (tensor) => tensor.div(count));
      const gathered = {
        loss: sum.loss.div(count) as tf.Scalar,
        gradient: mean(sum.gradient),
        described: mean(sum.described) as Accumulated["described"],
      };
      return learnerUpdate(inputs, reduced(gathered, options), directions, options);
    });

/** The mean over the processes. */
function reduced<Batch, View>(
  { loss, gradient, described }: Accumulated,
  { allReduce }: TrainStepOptions<Batch, View>,
): Accumulated {
  if (!allReduce) return { loss, gradient, described };
  const { loss: meanLoss, ...meanDescribed } = allReduce({ ...described, loss }, "scalars");
  return { loss: meanLoss, gradient: allReduce(gradient, "gradient"), described: meanDescribed };
}

const added = (a: Accumulated, b: Accumulated): Accumulated => {
  const sum = (x: Params, y: Params): Params => mapParams(x, (tensor, name) => tensor.add(y[name]!));
  return {
    loss: a.loss.add(b.loss) as tf.Scalar,
    gradient: sum(a.gradient, b.gradient),
    described: sum(a.described, b.described) as Accumulated["described"],
  };
};

/** The designer's part of a step, then the gradient of the learner's loss under its task. */
function gather<Batch, View>(
  inputs: StepInputs<Batch>,
  direction: Params | undefined,
  options: TrainStepOptions<Batch, View>,
  hold: KeepAlive,
): { readonly gathered: Accumulated; readonly used: Task; readonly started: Batch } & Designed {
  const { learner } = options;
  const trainable = Object.keys(inputs.moments.first);
  const start = (batch: Batch): Batch => learner.cacheFrozenActivations?.(inputs.params, batch, trainable) ?? batch;
  const started = start(inputs.batch);
  const still = direction && learner.metaBatch?.(inputs.batch);
  const meta = still === undefined || still === inputs.batch ? started : start(still);
  const { task, designer, designerMetrics } = direction
    ? designerStep({ ...inputs, batch: meta }, direction, options)
    : nothing;
  const taskOf = (view: View): Task => {
    if (task) return task;
    if (inputs.kind === "plain" || options.designer.closedFormTask) return options.designer.baselineTask(started, view);
    return options.designer.design(designer?.params ?? inputs.designerParams, started, view);
  };
  let used: Task = {};
  const watchedTask = (view: View): Task => {
    const made = taskOf(view);
    if (options.postUpdate) used = hold(made);
    return made;
  };
  const gathered = learnerGradient({ ...inputs, batch: started }, watchedTask, options, hold);
  return { gathered, designerMetrics, used, started, ...(designer && { designer }) };
}

interface Designed {
  readonly task?: Task;
  readonly designer?: Updated;
  readonly designerMetrics: Readonly<Record<string, tf.Scalar>>;
}
const nothing: Designed = { designerMetrics: {} };

/** The direction the value is taken along, from the averaged g_down: one a domain; none on a step without a value. */
function directionsOf<Batch, View>(
  { kind, feedbackEma, moments, numbers }: Omit<StepInputs<Batch>, "batch">,
  { optimizer, value }: TrainStepOptions<Batch, View>,
): readonly Params[] {
  if (kind !== "value") return [];
  const { preconditioner = "adam", normalizeDirection = true, feedback } = value!;
  return splitDomains(feedbackEma, feedbacksOf(feedback).length).map((average) => {
    const direction = preconditioner === "adam" ? optimizer.traceable.precondition(average, moments, numbers) : average;
    if (!normalizeDirection) return direction;
    const norm = globalNorm(direction);
    return mapParams(direction, (g) => g.divNoNan(norm)); // a domain may have nothing to say
  });
}

const valueOptions = <Batch, View>({ value }: TrainStepOptions<Batch, View>): ValueOptions => ({
  derivative: value!.derivative ?? "forward-mode",
  similarity: value!.similarity ?? "dot",
});

/** `φ ← φ + AdamW(∇_φ (V − penalty))`, or the closed-form task of a designer without parameters. */
function designerStep<Batch, View>(
  inputs: StepInputs<Batch>,
  direction: Params,
  options: TrainStepOptions<Batch, View>,
): Designed {
  const { learner, designer, allReduce = identityAllReduce } = options;
  const { params, designerParams, batch } = inputs;
  const { gradient, cotangent, task, ...found } = valueGradient(
    { learner, designer, params, designerParams, batch, direction },
    valueOptions(options),
  );
  const told = designer.metaMetrics?.(cotangent, task, batch);
  const { value, ...described } = allReduce({ value: found.value, ...told }, "value");
  if (designer.closedFormTask)
    return { task: designer.closedFormTask(cotangent, task, batch), designerMetrics: { value, ...described } };
  const updated = designerUpdate(inputs, { value, gradient }, options);
  return { ...updated, designerMetrics: { ...updated.designerMetrics, ...described } };
}

/** The designer after one step up the value's gradient; as it was where a number is not finite. */
function designerUpdate<Batch, View>(
  { designerParams, designerMoments, designerNumbers }: Omit<StepInputs<never>, "batch">,
  { value, gradient }: { readonly value: tf.Scalar; readonly gradient: Params },
  { value: chosen, allReduce = identityAllReduce }: TrainStepOptions<Batch, View>,
): Pick<StepOutputs, "designerMetrics"> & { readonly designer: Updated } {
  const { designerOptimizer, designerClipNorm = 1 } = chosen!;
  const { clipped, norm } = clipByGlobalNorm(allReduce(gradient, "designer"), designerClipNorm);
  const descent = mapParams(clipped, (g) => g.neg()); // the optimizer descends, the designer climbs
  const next = designerOptimizer.traceable.update(designerParams, descent, designerMoments, designerNumbers);
  const isFinite = tf.logicalAnd(tf.isFinite(value), tf.isFinite(norm));
  const choose = (now: Params, before: Params): Params =>
    mapParams(now, (tensor, name) => tf.where(isFinite, tensor, before[name]!));
  return {
    designerMetrics: { value, designerGradientNorm: norm },
    designer: {
      params: choose(next.params, designerParams),
      moments: {
        first: choose(next.moments.first, designerMoments.first),
        second: choose(next.moments.second, designerMoments.second),
      },
    },
  };
}

/** `∇_θ L(θ; sg(task))`. */
function learnerGradient<Batch, View>(
  { params, moments, batch }: StepInputs<Batch>,
  taskOf: (view: View) => Task,
  { learner, designer }: TrainStepOptions<Batch, View>,
  hold: KeepAlive,
): Accumulated {
  let described: Accumulated["described"] = {};
  const lossOf = (current: Params): tf.Scalar =>
    learner.loss(current, batch, (view) =>
      detached(() => {
        const task = taskOf(view);
        described = hold(designer.metrics?.(task, batch) ?? {});
        return task;
      }),
    );
  const { loss, gradient } = namedGradients(lossOf, params, pick(params, Object.keys(moments.first)));
  return { loss, gradient, described: mapParams(described, (scalar) => scalar.clone()) as Accumulated["described"] };
}

/** `θ ← AdamW(g)` with a global-norm clip. */
function learnerUpdate<Batch, View>(
  { params, moments, numbers, feedbackEma }: Omit<StepInputs<Batch>, "batch">,
  { loss, gradient, described }: Accumulated,
  directions: readonly Params[],
  { optimizer, clipNorm = 1, value }: TrainStepOptions<Batch, View>,
): Pick<StepOutputs, "learner" | "guardScalars" | "loggedScalars"> {
  const trained = pick(params, Object.keys(moments.first));
  const { clipped, norm: gradientNorm } = clipByGlobalNorm(gradient, clipNorm);
  const next = optimizer.traceable.update(trained, clipped, moments, numbers);
  const decrease = (): tf.Scalar => {
    const average = meanOfDomains(splitDomains(feedbackEma, value ? feedbacksOf(value.feedback).length : 1));
    const moved = mapParams(average, (_, name) => trained[name]!.sub(next.params[name]!));
    return innerProduct(average, moved);
  };
  const direction = directions.length > 0 ? meanOfDomains(directions) : undefined;
  const loggedScalars: Record<string, tf.Scalar> = {
    ...described,
    ...(direction && { cosine: alignmentCosine(direction, pick(gradient, Object.keys(direction))) }),
    // −⟨ḡ_down, Δθ⟩: what the step really taken should gain downstream, v2 eq. 35.
    ...(Object.keys(feedbackEma).length > 0 && { predictedDecrease: decrease() }),
  };
  return { learner: next, guardScalars: { loss, gradientNorm }, loggedScalars };
}
