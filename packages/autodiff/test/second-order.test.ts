// Where stock tf.grad(tf.grad(f)) is wrong: Hessian-vector products against central differences of float64 JavaScript.
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { hvp, jvp } from "../src/index.js";
import { backends } from "./backends.js";
import { numbers, sizeOf } from "./case.js";
import { models, type Model } from "./models.js";

const step = 1e-3;

/** `∂²f/∂x_i∂v` for each entry i, by mixed central differences; error about step². */
function referenceHvp({ reference, shapes }: Model, values: number[][], direction: number[][]): number[] {
  const at = (alongV: number, entry: readonly [number, number], alongEntry: number) =>
    reference(
      ...values.map((xs, i) =>
        xs.map((x, j) => x + alongV * direction[i]![j]! + (i === entry[0] && j === entry[1] ? alongEntry : 0)),
      ),
    );
  return shapes.flatMap((shape, i) =>
    Array.from({ length: sizeOf(shape) }, (_, j) => {
      const difference = (h: number) =>
        (at(h, [i, j], h) - at(h, [i, j], -h) - at(-h, [i, j], h) + at(-h, [i, j], -h)) / (4 * h * h);
      return (4 * difference(step) - difference(2 * step)) / 3; // Richardson
    }),
  );
}

describe.each(backends)("%s", (_, use) => {
  beforeAll(async () => void (await use()));

  it.each(models.map((model) => [model.name, model] as const))("%s", (_name, model) => {
    const values = model.shapes.map((shape, i) => numbers(sizeOf(shape), i + 1, [-1.5, 1.5]));
    const direction = model.shapes.map((shape, i) => numbers(sizeOf(shape), i + 11));
    const before = tf.memory().numTensors;
    const { byHvp, byNesting } = tf.tidy(() => {
      const xs = model.shapes.map((shape, i) => tf.tensor(values[i]!, [...shape], "float32"));
      const vs = model.shapes.map((shape, i) => tf.tensor(direction[i]!, [...shape], "float32"));
      const product = hvp(model.f, xs, vs);
      const curvature = jvp((...ys: tf.Tensor[]) => jvp(model.f, ys, vs).tangent, xs, vs).tangent;
      return { byHvp: product.flatMap((part) => [...part.dataSync()]), byNesting: curvature.dataSync()[0]! } as never;
    }) as { byHvp: number[]; byNesting: number };
    expect(tf.memory().numTensors).toBe(before);

    const expected = referenceHvp(model, values, direction);
    const scale = Math.max(1, ...expected.map(Math.abs));
    // float32: rounding of a few ops at 6e-8 each, amplified by exp and division
    byHvp.forEach((x, i) => expect(Math.abs(x - expected[i]!) / scale).toBeLessThan(2e-5));
    const flatDirection = direction.flat();
    const along = expected.reduce((sum, x, i) => sum + x * flatDirection[i]!, 0);
    expect(Math.abs(byNesting - along) / scale).toBeLessThan(5e-5);
  });
});
