import * as tf from "@tensorflow/tfjs";
import { type Designer, type Params, type Task, randomFromSeed } from "@vpt/contracts";
import { innerProduct } from "@vpt/contracts/tensors";
import { contentOf, floatsOf, gradientError, law, type Law, normalLike, tensorsLeftBy } from "./laws.js";

/** What a designer sees. */
export interface DesignerFixture<Batch, View> {
  readonly batch: Batch;
  readonly view: View;
  /** Parameters to design with, where those of `init` give a flat task; default: `init(0)`. */
  readonly params?: Params;
  /** Largest relative error of gradients. Default 1e-2. */
  readonly tolerance?: number;
  /**
   * ε of the finite difference in the parameters. Default 1e-2; smaller where the design is curved over that distance
   * (the error falls as ε²).
   */
  readonly epsilon?: number;
}

/**
 * The laws of {@link Designer}: fresh parameters repeat for a seed, tasks are pure and leak nothing, and design,
 * penalty and closed form are what the value gradient differentiates.
 */
export function designerLaws<Batch, View>(
  designer: Designer<Batch, View>,
  fixture: DesignerFixture<Batch, View>,
): readonly Law[] {
  return [
    ...taskLaws(designer, fixture),
    gradientLaw(designer, fixture),
    ...(designer.penalty ? [penaltyLaw(designer, fixture)] : []),
    ...(designer.closedFormTask ? [closedFormLaw(designer, fixture)] : []),
    ...(designer.metrics ? [metricsLaw(designer, fixture)] : []),
  ];
}

const designerLaw = (name: string, check: Parameters<typeof law>[2]): Law => law("designer", name, check);

function taskLaws<Batch, View>(
  designer: Designer<Batch, View>,
  { batch, view, params: given }: DesignerFixture<Batch, View>,
): readonly Law[] {
  const params = (): Params => given ?? designer.init(0);
  return [
    designerLaw("init repeats for a seed", (expect) => {
      expect(contentOf(designer.init(3)) === contentOf(designer.init(3)), "two calls with seed 3 differ");
    }),
    designerLaw("tasks are pure", (expect) => {
      const phi = params();
      const before = contentOf([phi, batch, view]);
      expect(
        contentOf(designer.design(phi, batch, view)) === contentOf(designer.design(phi, batch, view)),
        "two calls of design differ",
      );
      expect(
        contentOf(designer.baselineTask(batch, view)) === contentOf(designer.baselineTask(batch, view)),
        "two calls of baselineTask differ",
      );
      expect(contentOf([phi, batch, view]) === before, "a call changed its arguments");
    }),
    designerLaw("tasks are named tensors that leak nothing", (expect) => {
      const phi = params();
      for (const [what, make] of [
        ["design", () => designer.design(phi, batch, view)],
        ["baselineTask", () => designer.baselineTask(batch, view)],
      ] as const) {
        const task: Task = make();
        const wrong = Object.entries(task).find(([, tensor]) => !(tensor instanceof tf.Tensor));
        expect(!wrong, `${what} gave "${wrong?.[0]}", which is no tensor`);
        const left = tensorsLeftBy(() => tf.tidy(() => make()));
        expect(left <= Object.keys(task).length, `${what} left ${left} tensors, expected ${Object.keys(task).length}`);
      }
    }),
  ];
}

function gradientLaw<Batch, View>(
  designer: Designer<Batch, View>,
  { batch, view, params: given, tolerance = 1e-2, epsilon = 1e-2 }: DesignerFixture<Batch, View>,
): Law {
  return designerLaw("the task is differentiable in the parameters", (expect) => {
    const phi = given ?? designer.init(0);
    if (Object.keys(phi).length === 0) return;
    const weights = normalLike(floatsOf(designer.design(phi, batch, view)), randomFromSeed(1));
    const error = gradientError(
      (moved) => innerProduct(weights, designer.design(moved, batch, view)),
      phi,
      randomFromSeed(2),
      epsilon,
    );
    expect(error < tolerance, `the gradient is off by ${error} of a finite difference`);
  });
}

function penaltyLaw<Batch, View>(
  designer: Designer<Batch, View>,
  { batch, view, params: given, tolerance = 1e-2 }: DesignerFixture<Batch, View>,
): Law {
  return designerLaw("the penalty is a scalar, differentiable in the task", (expect) => {
    const task = designer.design(given ?? designer.init(0), batch, view);
    const penalty = (moved: Task): tf.Scalar => designer.penalty!({ ...task, ...moved }, batch, view);
    expect(penalty({}).rank === 0, `the penalty has shape [${penalty({}).shape.join(", ")}]`);
    const error = gradientError(penalty, floatsOf(task), randomFromSeed(3), 1e-3);
    expect(error < 5 * tolerance, `the gradient is off by ${error} of a finite difference`);
  });
}

function closedFormLaw<Batch, View>(
  designer: Designer<Batch, View>,
  { batch, view }: DesignerFixture<Batch, View>,
): Law {
  return designerLaw("a closed form has no parameters and keeps the task's shapes", (expect) => {
    const names = Object.keys(designer.init(0));
    expect(names.length === 0, `init gave ${names.length} parameters`);
    const task = designer.design({}, batch, view);
    const closed = designer.closedFormTask!(normalLike(floatsOf(task), randomFromSeed(4)), task, batch);
    for (const [name, { shape }] of Object.entries(closed)) {
      const expected = task[name]?.shape ?? shape;
      expect(tf.util.arraysEqual(shape, expected), `"${name}" has shape [${shape}], the task's is [${expected}]`);
    }
  });
}

function metricsLaw<Batch, View>(
  designer: Designer<Batch, View>,
  { batch, view, params: given }: DesignerFixture<Batch, View>,
): Law {
  return designerLaw("metrics are finite scalars", (expect) => {
    for (const task of [designer.design(given ?? designer.init(0), batch, view), designer.baselineTask(batch, view)])
      for (const [name, scalar] of Object.entries(designer.metrics!(task, batch)))
        expect(scalar.size === 1 && Number.isFinite(scalar.dataSync()[0]), `"${name}" is ${scalar.toString()}`);
  });
}
