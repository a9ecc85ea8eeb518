import * as tf from "@tensorflow/tfjs";
import { type Auxiliary, type Learner, type Params, type Task, randomFromSeed } from "@vpt/contracts";
import { globalNorm, mapParams, pick } from "@vpt/contracts/tensors";
import { namedGradients } from "../step/named-gradients.js";
import { contentOf, floatsOf, floatTensorsOf, gradientError, law, type Law, tensorsLeftBy } from "./laws.js";

/** A learner's problem, small enough to differentiate numerically. */
export interface LearnerFixture<Batch, View> {
  readonly params: Params;
  /** Names of the parameters that train: float tensors. */
  readonly subset: readonly string[];
  readonly batch: Batch;
  /** The task of a view: new tensors. */
  readonly taskOf: (view: View) => Task;
  readonly auxiliary?: Auxiliary;
  /** Largest relative error of gradients. Default 1e-2: float32 and finite differences. */
  readonly tolerance?: number;
}

/**
 * The laws of {@link Learner}: the loss is a pure function that leaks nothing, asks once for its task with constants,
 * and is differentiable in parameters and task; frozen activations and embedded tasks change nothing.
 */
export function learnerLaws<Batch, View>(
  learner: Learner<Batch, View>,
  fixture: LearnerFixture<Batch, View>,
): readonly Law[] {
  const problem = problemOf(learner, fixture);
  return [
    ...lossLaws(problem),
    constantViewLaw(problem),
    ...gradientLaws(problem),
    ...(learner.cacheFrozenActivations ? [frozenActivationsLaw(problem)] : []),
    ...(learner.embedTask ? [embeddedTaskLaw(problem)] : []),
    ...(learner.metaBatch ? [metaBatchLaw(problem)] : []),
  ];
}

/** A learner with its fixture, and what its laws ask of both. */
interface Problem<Batch, View> extends LearnerFixture<Batch, View> {
  readonly learner: Learner<Batch, View>;
  readonly tolerance: number;
  /** The loss where some parameters moved, on the fixture's batch or another, at a given task or the view's. */
  lossAt(moved?: Params, from?: Batch, task?: Task): tf.Scalar;
  /** The task at the given parameters, past all tidies. */
  taskNow(): Task;
}

function problemOf<Batch, View>(
  learner: Learner<Batch, View>,
  fixture: LearnerFixture<Batch, View>,
): Problem<Batch, View> {
  const { params, batch, taskOf, auxiliary, tolerance = 1e-2 } = fixture;
  return {
    ...fixture,
    learner,
    tolerance,
    lossAt: (moved = {}, from = batch, task) =>
      learner.loss({ ...params, ...moved }, from, task ? () => task : taskOf, auxiliary),
    taskNow: () => {
      let task: Task = {};
      const keep = (view: View): Task => {
        const made = taskOf(view);
        task = Object.fromEntries(Object.entries(made).map(([name, tensor]) => [name, tf.keep(tensor.clone())]));
        return made;
      };
      learner.loss(params, batch, keep, auxiliary);
      return task;
    },
  };
}

const learnerLaw = (name: string, check: Parameters<typeof law>[2]): Law => law("learner", name, check);

function lossLaws<Batch, View>(problem: Problem<Batch, View>): readonly Law[] {
  const { learner, params, batch, taskOf, auxiliary, lossAt, taskNow } = problem;
  return [
    learnerLaw("the loss is pure", (expect) => {
      const before = contentOf([params, batch, auxiliary]);
      const [one, two] = [lossAt().dataSync()[0], lossAt().dataSync()[0]];
      expect(Object.is(one, two), `two calls gave ${one} and ${two}`);
      expect(contentOf([params, batch, auxiliary]) === before, "a call changed its arguments");
    }),
    learnerLaw("the loss is a finite scalar and leaks nothing", (expect) => {
      const loss = lossAt();
      expect(loss.rank === 0 && Number.isFinite(loss.dataSync()[0]), `the loss is ${loss.toString()}`);
      const left = tensorsLeftBy(() => tf.tidy(() => lossAt()));
      const own = tensorsLeftBy(() => learner.loss(params, batch, (view) => tf.tidy(() => taskOf(view)), auxiliary));
      const task = taskNow();
      tf.dispose(task);
      expect(left === 1 && own <= 1 + Object.keys(task).length, `a call left ${own} tensors, expected the loss`);
    }),
  ];
}

function constantViewLaw<Batch, View>(problem: Problem<Batch, View>): Law {
  const { learner, params, subset, batch, taskOf, auxiliary } = problem;
  return learnerLaw("the loss asks once for its task, with constants", (expect) => {
    let calls = 0;
    let view: tf.Scalar | undefined;
    const sumOfView = (moved: Params): tf.Scalar => {
      learner.loss(
        { ...params, ...moved },
        batch,
        (given) => {
          calls++;
          const sums = floatTensorsOf(given).map((tensor) => tensor.sum());
          view = tf.keep(sums.length > 0 ? (tf.addN(sums) as tf.Scalar) : tf.scalar(0));
          return taskOf(given);
        },
        auxiliary,
      );
      return view!;
    };
    const variables = subset.map((name) => params[name]!.clone());
    const { grads } = tf
      .engine()
      .gradients(
        () => sumOfView(Object.fromEntries(subset.map((name, i) => [name, variables[i]!]))),
        variables,
        undefined,
        true,
      );
    view?.dispose();
    expect(calls === 1, `taskOf was called ${calls} times`);
    const leads = grads.some((gradient) => gradient && gradient.abs().max().dataSync()[0] !== 0);
    expect(!leads, "a gradient leads through the view into the parameters; detach it");
  });
}

function gradientLaws<Batch, View>(problem: Problem<Batch, View>): readonly Law[] {
  const { params, subset, batch, tolerance, lossAt, taskNow } = problem;
  return [
    learnerLaw("the loss is differentiable in the parameters", (expect) => {
      const task = taskNow();
      const error = gradientError((moved) => lossAt(moved, batch, task), pick(params, subset), randomFromSeed(1));
      tf.dispose(task);
      expect(error < tolerance, `the gradient is off by ${error} of a finite difference`);
    }),
    learnerLaw("the loss is differentiable in the task", (expect) => {
      const task = taskNow();
      const error = gradientError(
        (moved) => lossAt({}, batch, { ...task, ...moved }),
        floatsOf(task),
        randomFromSeed(2),
      );
      tf.dispose(task);
      expect(error < tolerance, `the gradient is off by ${error} of a finite difference`);
    }),
  ];
}

function frozenActivationsLaw<Batch, View>(problem: Problem<Batch, View>): Law {
  const { learner, params, subset, batch, auxiliary, lossAt, taskNow } = problem;
  return learnerLaw("frozen activations change nothing", (expect) => {
    const cached = learner.cacheFrozenActivations!(params, batch, subset);
    const task = taskNow();
    const [whole, short] = [lossAt({}, batch, task), lossAt({}, cached, task)].map((loss) => loss.dataSync()[0]!);
    const at = pick(params, subset);
    const gradientFrom = (from: Batch): Params =>
      namedGradients((all) => learner.loss(all, from, () => task, auxiliary), params, at).gradient;
    const [full, tail] = [gradientFrom(batch), gradientFrom(cached)];
    const difference = globalNorm(mapParams(full, (g, name) => g.sub(tail[name]!)));
    const error = difference.div(globalNorm(full)).dataSync()[0]!;
    tf.dispose(task);
    expect(Math.abs(whole! - short!) <= 1e-5 * Math.abs(whole!), `the loss is ${short} from them, ${whole} without`);
    expect(error < 1e-3, `the gradient from them is off by ${error} of the one without`);
    expect(
      learner.cacheFrozenActivations!(params, cached, subset) === cached,
      "a cached batch was not returned as it is",
    );
  });
}

function embeddedTaskLaw<Batch, View>(problem: Problem<Batch, View>): Law {
  const { learner, params, subset, batch, lossAt, taskNow } = problem;
  return learnerLaw("an embedded task changes nothing", (expect) => {
    const cached = learner.cacheFrozenActivations?.(params, batch, subset) ?? batch;
    const task = taskNow();
    const embedded = learner.embedTask!(params, cached, task);
    const [whole, short] = [lossAt({}, batch, task), lossAt({}, cached, embedded)].map((loss) => loss.dataSync()[0]!);
    tf.dispose(task);
    expect(Math.abs(whole! - short!) <= 1e-5 * Math.abs(whole!), `the loss is ${short} with it, ${whole} without`);
  });
}

function metaBatchLaw<Batch, View>({ learner, batch, lossAt }: Problem<Batch, View>): Law {
  return learnerLaw("the meta batch takes no randomness", (expect) => {
    const meta = learner.metaBatch!(batch);
    const [one, two] = [lossAt({}, meta), lossAt({}, learner.metaBatch!(batch))].map((loss) => loss.dataSync()[0]!);
    expect(Object.is(one, two), `two meta batches gave the losses ${one} and ${two}`);
    expect(learner.metaBatch!(meta) === meta, "the meta batch of a meta batch is another one");
  });
}
