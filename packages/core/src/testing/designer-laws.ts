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
}

/**
 * The laws of {@link Designer}: fresh parameters repeat for a seed, tasks are pure and leak nothing, and design,
 * penalty and closed form are what the value gradient differentiates.
 */
export function designerLaws<Batch, View>(
  designer: Designer<Batch, View>,
  { batch, view, params: given, tolerance = 1e-2 }: DesignerFixture<Batch, View>,
): readonly Law[] {
  const params = (): Params => given ?? designer.init(0);
  const designerLaw = (name: string, check: Parameters<typeof law>[2]): Law => law("designer", name, check);
  const laws = [
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
    designerLaw("the task is differentiable in the parameters", (expect) => {
      const phi = params();
      if (Object.keys(phi).length === 0) return;
      const weights = normalLike(floatsOf(designer.design(phi, batch, view)), randomFromSeed(1));
      const error = gradientError(
        (moved) => innerProduct(weights, designer.design(moved, batch, view)),
        phi,
        randomFromSeed(2),
      );
      expect(error < tolerance, `the gradient is off by ${error} of a finite difference`);
    }),
  ];
  if (designer.penalty) {
    laws.push(
      designerLaw("the penalty is a scalar, differentiable in the task", (expect) => {
        const task = designer.design(params(), batch, view);
        const penalty = (moved: Task): tf.Scalar => designer.penalty!({ ...task, ...moved }, batch, view);
        expect(penalty({}).rank === 0, `the penalty has shape [${penalty({}).shape.join(", ")}]`);
        const error = gradientError(penalty, floatsOf(task), randomFromSeed(3), 1e-3);
        expect(error < 5 * tolerance, `the gradient is off by ${error} of a finite difference`);
      }),
    );
  }
  if (designer.closedFormTask) {
    laws.push(
      designerLaw("a closed form has no parameters and keeps the task's shapes", (expect) => {
        const names = Object.keys(designer.init(0));
        expect(names.length === 0, `init gave ${names.length} parameters`);
        const task = designer.design({}, batch, view);
        const closed = designer.closedFormTask!(normalLike(floatsOf(task), randomFromSeed(4)), task, batch);
        for (const [name, { shape }] of Object.entries(closed)) {
          const expected = task[name]?.shape ?? shape;
          expect(tf.util.arraysEqual(shape, expected), `"${name}" has shape [${shape}], the task's is [${expected}]`);
        }
      }),
    );
  }
  if (designer.metrics) {
    laws.push(
      designerLaw("metrics are finite scalars", (expect) => {
        for (const task of [designer.design(params(), batch, view), designer.baselineTask(batch, view)])
          for (const [name, scalar] of Object.entries(designer.metrics!(task, batch)))
            expect(scalar.size === 1 && Number.isFinite(scalar.dataSync()[0]), `"${name}" is ${scalar.toString()}`);
      }),
    );
  }
  return laws;
}
