import * as tf from "@tensorflow/tfjs";
import { beforeAll, expect, it } from "vitest";
import { randomFromSeed } from "@vpt/contracts";
import { alignedSubsetGap } from "./aligned-subset-gap.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

const random = randomFromSeed(0, "subset");
const draw = () => ({
  a: [random.normal(), random.normal()],
  b: [random.normal()],
  c: [random.normal(), random.normal()],
});
const tensors = (of: Record<string, number[]>) =>
  Object.fromEntries(Object.entries(of).map(([k, x]) => [k, tf.tensor1d(x)]));
const dot = (x: readonly number[], y: readonly number[]): number => x.reduce((sum, v, i) => sum + v * y[i]!, 0);

it("bounds what the subset leaves out, on every draw, and tells the shares", () => {
  for (let i = 0; i < 10; i++) {
    const [down, pre] = [draw(), draw()];
    tf.tidy(() => {
      const told = alignedSubsetGap(tensors(down), tensors(pre), ["a", "b"]);
      const at = (name: keyof typeof told): number => told[name].dataSync()[0]!;
      const all = dot(Object.values(down).flat(), Object.values(pre).flat());
      expect(at("value")).toBeCloseTo(all, 5);
      expect(at("subsetValue")).toBeCloseTo(all - dot(down.c, pre.c), 5);
      expect(Math.abs(at("value") - at("subsetValue"))).toBeLessThanOrEqual(at("bound") + 1e-5);
      expect(at("bound")).toBeCloseTo(Math.hypot(...down.c) * Math.hypot(...pre.c), 5);
      expect(at("downstreamShare")).toBeCloseTo(
        1 - dot(down.c, down.c) / dot(Object.values(down).flat(), Object.values(down).flat()),
        5,
      );
      expect(at("pretrainingShare")).toBeCloseTo(
        1 - dot(pre.c, pre.c) / dot(Object.values(pre).flat(), Object.values(pre).flat()),
        5,
      );
    });
  }
});

it("is exact where the subset is all, keeps five scalars, and names what it does not know", () => {
  const [down, pre] = [tensors(draw()), tensors(draw())];
  const before = tf.memory().numTensors;
  const told = alignedSubsetGap(down, pre, ["a", "b", "c"]);
  expect(tf.memory().numTensors).toBe(before + 5);
  expect(told.bound.dataSync()[0]).toBe(0);
  expect(() => alignedSubsetGap(down, pre, ["z"])).toThrow('alignedSubsetGap: parameter "z"');
  tf.dispose([told, down, pre]);
});
