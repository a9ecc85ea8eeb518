// Every rule on wasm and on TensorFlow's own runtime against the cpu backend, which rules.float64.test.ts holds to the
// mathematics.
import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { jvp } from "../src/index.js";
import { backends } from "./backends.js";
import { numbers, sizeOf, type Case } from "./case.js";
import { firstOrderCases } from "./first-order-cases.js";
import { gradientCases } from "./gradient-cases.js";

async function tangentOn(backend: string, { f, shapes, range }: Case): Promise<number[]> {
  await tf.setBackend(backend);
  return tf.tidy(() => {
    const primals = shapes.map((shape, i) => tf.tensor(numbers(sizeOf(shape), i + 1, range), [...shape], "float32"));
    const tangents = shapes.map((shape, i) => tf.tensor(numbers(sizeOf(shape), i + 101), [...shape], "float32"));
    const { tangent } = jvp((...xs: tf.Tensor[]) => [f(...xs)].flat(), primals, tangents);
    return tangent.flatMap((part) => [...part.dataSync()]) as never;
  });
}

/** What tfjs's wasm backend lacks (einsum, the depthwise gradient) or computes wrong by itself, without a tangent. */
// prettier-ignore
const wasmFaults = [
  "gather, batched", "∇ gather, batched", "einsum", "∇ conv3d", "∇ depthwiseConv2d", "∇ fused.depthwiseConv2d",
  "∇ maxPool, valid", "∇ maxPool, whole windows",
];

const cases = [...firstOrderCases, ...gradientCases].filter(({ cpuOnly }) => !cpuOnly);

describe.each(backends.filter(([name]) => name !== "cpu"))("%s", (name) => {
  const known = cases.filter((entry) => name !== "wasm" || !wasmFaults.includes(entry.name));
  it.each(known.map((entry) => [entry.name, entry] as const))("%s", async (_, entry) => {
    const [expected, actual] = [await tangentOn("cpu", entry), await tangentOn(name, entry)];
    const scale = Math.max(1, ...expected.map(Math.abs));
    expect(actual.length).toBe(expected.length);
    // float32 in another order of summation; erf on cpu is a polynomial good to 1e-7
    actual.forEach((x, i) =>
      expect(Math.abs(x - expected[i]!) / scale, `entry ${i}: ${x}, ${expected[i]}`).toBeLessThan(2e-5),
    );
  });
});

it("says which backends ran", () => expect(backends.map(([name]) => name)).toContain("cpu"));
