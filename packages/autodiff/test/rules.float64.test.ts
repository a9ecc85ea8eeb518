// Every rule against central differences in float64: with Float32Array standing for Float64Array before tfjs loads, its
// cpu backend computes in double precision, so a wrong rule cannot hide behind rounding.
import type * as Tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { numbers, sizeOf, type Case } from "./case.js";

globalThis.Float32Array = Float64Array as unknown as Float32ArrayConstructor;
const tf: typeof Tf = await import("@tensorflow/tfjs");
const { firstOrderCases } = await import("./first-order-cases.js");
const { gradientCases } = await import("./gradient-cases.js");
const { jvp } = await import("../src/jvp.js");
const { registerTangent, coveredKernels, tangentRule } = await import("../src/register-tangent.js");

const step = 1e-5;
const flatten = (out: Tf.Tensor | Tf.Tensor[]): number[] => [out].flat().flatMap((part) => [...part.dataSync()]);

/** Value of `tangent` by `jvp` and by central differences. */
function compare({ f, shapes, range }: Case): { readonly exact: number[]; readonly estimate: number[] } {
  const values = shapes.map((shape, i) => numbers(sizeOf(shape), i + 1, range));
  const moves = shapes.map((shape, i) => numbers(sizeOf(shape), i + 101));
  return tf.tidy(() => {
    const at = (epsilon: number) =>
      flatten(
        f(
          ...shapes.map((shape, i) =>
            tf.tensor(
              values[i]!.map((x, j) => x + epsilon * moves[i]![j]!),
              [...shape],
            ),
          ),
        ),
      );
    const [above, below] = [at(step), at(-step)];
    const primals = shapes.map((shape, i) => tf.tensor(values[i]!, [...shape]));
    const tangents = shapes.map((shape, i) => tf.tensor(moves[i]!, [...shape]));
    return {
      exact: flatten(jvp(f as (...xs: Tf.Tensor[]) => Tf.Tensor[], primals, tangents).tangent),
      estimate: above.map((x, i) => (x - below[i]!) / (2 * step)),
    } as never;
  });
}

const seen = new Set<string>();
const undo: (() => void)[] = [];
const families = coveredKernels();
beforeAll(async () => {
  await tf.setBackend("cpu");
  for (const { kernel } of families) {
    const rule = tangentRule(kernel)!;
    undo.push(registerTangent(kernel, (call) => (seen.add(kernel), rule(call))));
  }
});

describe("cpu in float64", () => {
  it("is float64", () => expect(tf.scalar(1 / 3).dataSync()[0]).toBe(1 / 3));

  describe.each([
    ["values", firstOrderCases],
    ["gradients", gradientCases],
  ])("%s", (_, cases) => {
    it.each(cases.map((entry) => [entry.name, entry] as const))("%s", (_name, entry) => {
      const before = tf.memory().numTensors;
      const { exact, estimate } = compare(entry);
      const scale = Math.max(1, ...estimate.map(Math.abs));
      expect(exact.length).toBe(estimate.length);
      exact.forEach((x, i) =>
        expect(Math.abs(x - estimate[i]!) / scale, `entry ${i}: ${x}, ${estimate[i]}`).toBeLessThan(
          entry.tolerance ?? 1e-7,
        ),
      );
      expect(tf.memory().numTensors).toBe(before);
    });
  });
});

it("has given every rule a tangent to work on", () => {
  // Data is shared, so no rule runs; no cpu kernel; nothing to differentiate.
  const idle = new Set([
    "Identity",
    "NotBefore",
    "Reshape",
    "ExpandDims",
    "Cast",
    "BroadcastTo",
    "MatrixBandPart",
    "LogSoftmax",
    "FloorDiv",
  ]);
  const missed = families.filter(
    ({ kernel, family }) => family !== "constant" && !seen.has(kernel) && !idle.has(kernel),
  );
  expect(missed).toEqual([]);
});

afterAll(() => undo.forEach((take) => take()));
