import * as tf from "@tensorflow/tfjs";
import { type Params, randomFromSeed } from "@vpt/contracts";
import { globalNorm, innerProduct, mapParams } from "@vpt/contracts/tensors";
import { asScalars, type Optimizer } from "../optim/adam-w.js";
import { contentOf, law, type Law, normalLike, tensorsLeftBy } from "./laws.js";

/**
 * The laws of {@link Optimizer}: pure updates that descend, whose traceable form computes the same, and a linear
 * preconditioner.
 */
export function optimizerLaws(optimizer: Optimizer, { params }: { readonly params: Params }): readonly Law[] {
  const gradients = (): Params => normalLike(params, randomFromSeed(1));
  const optimizerLaw = (name: string, check: Parameters<typeof law>[2]): Law => law("optimizer", name, check);
  return [
    optimizerLaw("updates are pure, count, and leak nothing", (expect) => {
      const [state, g] = [optimizer.init(params), gradients()];
      const before = contentOf([params, state, g]);
      const one = optimizer.update(params, g, state, 1e-2);
      expect(contentOf(one) === contentOf(optimizer.update(params, g, state, 1e-2)), "two updates differ");
      expect(contentOf([params, state, g]) === before, "an update changed its arguments");
      expect(one.state.count === state.count + 1, `the count went from ${state.count} to ${one.state.count}`);
      const left = tensorsLeftBy(() => optimizer.update(params, g, state, 1e-2));
      const expected = 3 * Object.keys(params).length;
      expect(left === expected, `an update left ${left} tensors, expected ${expected}`);
    }),
    optimizerLaw("a first update goes down the gradient", (expect) => {
      const g = gradients();
      const { params: next } = optimizer.update(params, g, optimizer.init(params), 1e-3);
      const slope = innerProduct(
        g,
        mapParams(next, (tensor, name) => tensor.sub(params[name]!)),
      ).dataSync()[0]!;
      expect(slope < 0, `⟨g, Δθ⟩ is ${slope}`);
    }),
    optimizerLaw("the traceable form computes the same", (expect) => {
      const g = gradients();
      const { params: at, state } = optimizer.update(params, g, optimizer.init(params), 1e-2);
      const whole = optimizer.update(at, g, state, 1e-2);
      const scalars = asScalars(optimizer.updateScalars(state.count, 1e-2));
      const traced = optimizer.traceable.update(at, g, state, scalars);
      expect(contentOf(traced.params) === contentOf(whole.params), "traceable.update gave other parameters");
      for (const damping of [undefined, 0.1]) {
        const one = optimizer.precondition(g, state, damping);
        const two = optimizer.traceable.precondition(g, state, scalars, damping);
        expect(contentOf(one) === contentOf(two), "traceable.precondition gave another direction");
      }
    }),
    optimizerLaw("without statistics the preconditioner keeps the direction", (expect) => {
      const g = gradients();
      const turned = optimizer.precondition(g, optimizer.init(params), 0.1);
      const [inner, one, two] = [innerProduct(g, turned), globalNorm(g), globalNorm(turned)];
      const cosine = inner.dataSync()[0]! / (one.dataSync()[0]! * two.dataSync()[0]!);
      expect(cosine > 1 - 1e-5, `the cosine of g and Pg is ${cosine} before any update`);
    }),
    optimizerLaw("the preconditioner is linear and positive", (expect) => {
      const g = gradients();
      const { state } = optimizer.update(params, g, optimizer.init(params), 1e-2);
      const [one, double] = [
        optimizer.precondition(g, state),
        optimizer.precondition(
          mapParams(g, (x) => x.mul(2)),
          state,
        ),
      ];
      const worst = Object.keys(g).map((name) =>
        tf.tidy(
          () => double[name]!.sub(one[name]!.mul(2)).abs().max().div(one[name]!.abs().max().add(1e-12)).dataSync()[0]!,
        ),
      );
      expect(Math.max(...worst) < 1e-5, `P(2g) differs from 2P(g) by ${Math.max(...worst)}`);
      const length = innerProduct(g, one).dataSync()[0]!;
      expect(length > 0, `⟨g, Pg⟩ is ${length}`);
    }),
  ];
}
