import { detached } from "@vpt/autodiff";
import * as tf from "@tensorflow/tfjs";
import type { Moments, UpdateScalars } from "../optim/adam-w.js";
import { alignmentCosine } from "../value/alignment-value.js";
import { type Params, type Task, alone } from "@vpt/contracts";
import { clipByGlobalNorm, globalNorm, innerProduct, mapParams, pick } from "@vpt/contracts/tensors";
import type { TrainStepOptions } from "./train-step.js";
import { domainValue } from "../value/domain-value.js";
import { valueGradient, type ValueOptions } from "../value/value-gradient.js";
import { feedbacksOf, meanOfDomains, splitDomains } from "../value/domains.js";
import { holding, type Hold } from "../internal/holding.js";
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
  readonly feedbackAverage: Params;
  /** Numbers of `follow`. */
  readonly followNumbers?: UpdateScalars;
}

/** A group of parameters after its update. */
export type Updated = { readonly params: Params; readonly moments: Moments };

/** New tensors throughout. */
export type StepOutputs = {
  readonly learner: Updated;
  /** What `follow` moved. */
  readonly followed?: Params;
  /** Nothing without a value pass, or when the designer has a closed form. */
  readonly designer?: Updated;
  /** `loss` and `gradientNorm`, whose being finite decides whether the step counts. */
  readonly essential: Readonly<Record<"loss" | "gradientNorm", tf.Scalar>>;
  readonly watched: Readonly<Record<string, tf.Scalar>>;
  /** `value` and `designerGradientNorm`: not finite means that `designer` holds what was given. */
  readonly designed: Readonly<Record<string, tf.Scalar>>;
};

/** What the micro-batches of a step gave so far, as sums. */
export type Gathered = {
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
    holding((hold) => {
      const directions = directionsOf(inputs, options);
      const { gathered, designer, designed, used, started } = gather(inputs, directions[0], options, hold);
      const { watched, ...updated } = learnerUpdate(inputs, reduced(gathered, options), directions, options);
      const { params: followed, watched: seen } =
        options.follow?.move({
          before: inputs.params,
          after: updated.learner.params,
          batch: started,
          task: used,
          numbers: inputs.followNumbers!,
        }) ?? {};
      return {
        ...updated,
        watched: { ...watched, ...seen },
        designed,
        ...(designer && { designer }),
        ...(followed && { followed }),
      };
    });

/** The directions of a step in micro-batches, worked out once for all of them: one a domain; none without a value. */
export const directionsFunction =
  <Batch, View>(options: TrainStepOptions<Batch, View>) =>
  (inputs: Omit<StepInputs<never>, "batch">): readonly Params[] =>
    // Copies: a direction may be the average itself, which is the state's.
    holding(() => directionsOf(inputs, options).map((each) => mapParams(each, (tensor) => tensor.clone())));

/** The designer's step from several domains, a micro-batch each: `φ ← φ + AdamW(∇_φ (1/|D|) Σ_d Align(g_down,d, g_pre,d))`. */
export const domainsFunction =
  <Batch, View>(options: TrainStepOptions<Batch, View>) =>
  (
    inputs: Omit<StepInputs<never>, "batch">,
    batches: readonly Batch[],
    directions: readonly Params[],
  ): Pick<StepOutputs, "designer" | "designed"> =>
    holding(() => {
      const { learner, designer, allReduce = alone } = options;
      const { params, designerParams } = inputs;
      const domains = batches.map((batch, d) => ({
        batch: learner.still?.(batch) ?? batch,
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
    sum?: Gathered,
  ): { readonly gathered: Gathered } & Pick<StepOutputs, "designer" | "designed"> =>
    holding((hold) => {
      const { gathered, designer, designed } = gather(inputs, direction, options, hold);
      return { gathered: sum ? added(sum, gathered) : gathered, designed, ...(designer && { designer }) };
    });

/** The second half: the learner's update from the mean over `count` micro-batches. */
export const updateFunction =
  <Batch, View>(options: TrainStepOptions<Batch, View>) =>
  (
    inputs: Omit<StepInputs<never>, "batch">,
    sum: Gathered,
    count: number,
    directions: readonly Params[],
  ): Pick<StepOutputs, "learner" | "essential" | "watched"> =>
    holding(() => {
      const mean = (each: Params): Params => mapParams(each, (tensor) => tensor.div(count));
      const gathered = {
        loss: sum.loss.div(count) as tf.Scalar,
        gradient: mean(sum.gradient),
        described: mean(sum.described) as Gathered["described"],
      };
      return learnerUpdate(inputs, reduced(gathered, options), directions, options);
    });

/** The mean over the processes. */
function reduced<Batch, View>(
  { loss, gradient, described }: Gathered,
  { allReduce }: TrainStepOptions<Batch, View>,
): Gathered {
  if (!allReduce) return { loss, gradient, described };
  const { loss: meanLoss, ...meanDescribed } = allReduce({ ...described, loss }, "scalars");
  return { loss: meanLoss, gradient: allReduce(gradient, "gradient"), described: meanDescribed };
}

const added = (a: Gathered, b: Gathered): Gathered => {
  const sum = (x: Params, y: Params): Params => mapParams(x, (tensor, name) => tensor.add(y[name]!));
  return {
    loss: a.loss.add(b.loss) as tf.Scalar,
    gradient: sum(a.gradient, b.gradient),
    described: sum(a.described, b.described) as Gathered["described"],
  };
};

/** The designer's part of a step, then the gradient of the learner's loss under its task. */
function gather<Batch, View>(
  inputs: StepInputs<Batch>,
  direction: Params | undefined,
  options: TrainStepOptions<Batch, View>,
  hold: Hold,
): { readonly gathered: Gathered; readonly used: Task; readonly started: Batch } & Designed {
  const { learner } = options;
  const trainable = Object.keys(inputs.moments.first);
  const start = (batch: Batch): Batch => learner.prefix?.(inputs.params, batch, trainable) ?? batch;
  const started = start(inputs.batch);
  const still = direction && learner.still?.(inputs.batch);
  const meta = still === undefined || still === inputs.batch ? started : start(still);
  const { task, designer, designed } = direction
    ? designerStep({ ...inputs, batch: meta }, direction, options)
    : nothing;
  const taskOf = (view: View): Task => {
    if (task) return task;
    if (inputs.kind === "plain" || options.designer.fromValue) return options.designer.plain(started, view);
    return options.designer.design(designer?.params ?? inputs.designerParams, started, view);
  };
  let used: Task = {};
  const watchedTask = (view: View): Task => {
    const made = taskOf(view);
    if (options.follow) used = hold(made);
    return made;
  };
  const gathered = learnerGradient({ ...inputs, batch: started }, watchedTask, options, hold);
  return { gathered, designed, used, started, ...(designer && { designer }) };
}

interface Designed {
  readonly task?: Task;
  readonly designer?: Updated;
  readonly designed: Readonly<Record<string, tf.Scalar>>;
}
const nothing: Designed = { designed: {} };

/** The direction the value is taken along, from the averaged g_down: one a domain; none on a step without a value. */
function directionsOf<Batch, View>(
  { kind, feedbackAverage, moments, numbers }: Omit<StepInputs<Batch>, "batch">,
  { optimizer, value }: TrainStepOptions<Batch, View>,
): readonly Params[] {
  if (kind !== "value") return [];
  const { align = "precond", unitDirection = true, feedback } = value!;
  return splitDomains(feedbackAverage, feedbacksOf(feedback).length).map((average) => {
    const direction = align === "precond" ? optimizer.inTensors.precondition(average, moments, numbers) : average;
    if (!unitDirection) return direction;
    const norm = globalNorm(direction);
    return mapParams(direction, (g) => g.divNoNan(norm)); // a domain may have nothing to say
  });
}

const valueOptions = <Batch, View>({ value }: TrainStepOptions<Batch, View>): ValueOptions => ({
  tangent: value!.tangent ?? "jvp",
  align: value!.align === "cosine" ? "cosine" : "dot",
});

/** `φ ← φ + AdamW(∇_φ (V − penalty))`, or the closed-form task of a designer without parameters. */
function designerStep<Batch, View>(
  inputs: StepInputs<Batch>,
  direction: Params,
  options: TrainStepOptions<Batch, View>,
): Designed {
  const { learner, designer, allReduce = alone } = options;
  const { params, designerParams, batch } = inputs;
  const { gradient, cotangent, task, ...found } = valueGradient(
    { learner, designer, params, designerParams, batch, direction },
    valueOptions(options),
  );
  const told = designer.describeValue?.(cotangent, task, batch);
  const { value, ...described } = allReduce({ value: found.value, ...told }, "value");
  if (designer.fromValue)
    return { task: designer.fromValue(cotangent, task, batch), designed: { value, ...described } };
  const updated = designerUpdate(inputs, { value, gradient }, options);
  return { ...updated, designed: { ...updated.designed, ...described } };
}

/** The designer after one step up the value's gradient; as it was where a number is not finite. */
function designerUpdate<Batch, View>(
  { designerParams, designerMoments, designerNumbers }: Omit<StepInputs<never>, "batch">,
  { value, gradient }: { readonly value: tf.Scalar; readonly gradient: Params },
  { value: chosen, allReduce = alone }: TrainStepOptions<Batch, View>,
): Pick<StepOutputs, "designed"> & { readonly designer: Updated } {
  const { designerOptimizer, designerClipNorm = 1 } = chosen!;
  const { clipped, norm } = clipByGlobalNorm(allReduce(gradient, "designer"), designerClipNorm);
  const descent = mapParams(clipped, (g) => g.neg()); // the optimizer descends, the designer climbs
  const next = designerOptimizer.inTensors.update(designerParams, descent, designerMoments, designerNumbers);
  const isFinite = tf.logicalAnd(tf.isFinite(value), tf.isFinite(norm));
  const choose = (now: Params, before: Params): Params =>
    mapParams(now, (tensor, name) => tf.where(isFinite, tensor, before[name]!));
  return {
    designed: { value, designerGradientNorm: norm },
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
  hold: Hold,
): Gathered {
  let described: Gathered["described"] = {};
  const lossOf = (current: Params): tf.Scalar =>
    learner.loss(current, batch, (view) =>
      detached(() => {
        const task = taskOf(view);
        described = hold(designer.describe?.(task, batch) ?? {});
        return task;
      }),
    );
  const { loss, gradient } = namedGradients(lossOf, params, pick(params, Object.keys(moments.first)));
  return { loss, gradient, described: mapParams(described, (scalar) => scalar.clone()) as Gathered["described"] };
}

/** `θ ← AdamW(g)` with a global-norm clip. */
function learnerUpdate<Batch, View>(
  { params, moments, numbers, feedbackAverage }: Omit<StepInputs<Batch>, "batch">,
  { loss, gradient, described }: Gathered,
  directions: readonly Params[],
  { optimizer, clipNorm = 1, value }: TrainStepOptions<Batch, View>,
): Pick<StepOutputs, "learner" | "essential" | "watched"> {
  const trained = pick(params, Object.keys(moments.first));
  const { clipped, norm: gradientNorm } = clipByGlobalNorm(gradient, clipNorm);
  const next = optimizer.inTensors.update(trained, clipped, moments, numbers);
  const decrease = (): tf.Scalar => {
    const average = meanOfDomains(splitDomains(feedbackAverage, value ? feedbacksOf(value.feedback).length : 1));
    const moved = mapParams(average, (_, name) => trained[name]!.sub(next.params[name]!));
    return innerProduct(average, moved);
  };
  const direction = directions.length > 0 ? meanOfDomains(directions) : undefined;
  const watched: Record<string, tf.Scalar> = {
    ...described,
    ...(direction && { cosine: alignmentCosine(direction, pick(gradient, Object.keys(direction))) }),
    // −⟨ḡ_down, Δθ⟩: what the step really taken should gain downstream, v2 eq. 35.
    ...(Object.keys(feedbackAverage).length > 0 && { predictedDecrease: decrease() }),
  };
  return { learner: next, essential: { loss, gradientNorm }, watched };
}
