// What compiling the step may never change: the same trajectory, the same counts, and the laws of method 3.
import * as tf from "@tensorflow/tfjs";
import { compile, useBackend } from "@vpt/backend";
import type { Compile } from "@vpt/core";
import { beforeAll, describe, expect, it } from "vitest";
import { nextTokenDesigner } from "./designers/next-token.js";
import { tiltDesigner } from "./designers/tilt.js";
import { topKDesigner } from "./designers/top-k.js";
import { tinyConfig } from "./testing/tiny-language.js";
import { tinyTrajectory } from "./testing/tiny-trajectory.js";

const { name: backend } = await useBackend({ device: "cpu", log: (line) => console.warn(`Skipping. ${line}`) });
const compiled: Compile = (f) => compile(f, { cacheSize: 64 });

const size = { embeddingSize: tinyConfig.hiddenSize, layers: 1, width: 8, heads: 2, candidates: 5 };
const designers = {
  baseline: nextTokenDesigner(),
  tilt: tiltDesigner({ candidates: 5 }),
  designer: topKDesigner(size),
  closed: topKDesigner({ ...size, maxGate: 0 }),
};
type Arm = keyof typeof designers;

const trajectory = async (arm: Arm, how?: Compile, domains = 1) => {
  const { metrics, ...reached } = await tinyTrajectory({
    designer: designers[arm],
    compile: how,
    domains,
    takesValue: arm !== "baseline",
  });
  return { ...reached, values: metrics.flatMap(({ value }) => (value === undefined ? [] : [value])) };
};

/** ‖a − b‖ / ‖b‖ over all tensors. */
function distance(a: Record<string, number[]>, b: Record<string, number[]>): number {
  let [difference, norm] = [0, 1e-30];
  for (const [name, values] of Object.entries(b))
    for (const [i, value] of values.entries()) {
      difference += (a[name]![i]! - value) ** 2;
      norm += value ** 2;
    }
  return Math.sqrt(difference / norm);
}

describe.skipIf(backend !== "tensorflow")("a compiled step", () => {
  beforeAll(() => expect(tf.getBackend()).toBe("tensorflow"));

  it.each<[Arm, number]>([
    ["baseline", 1],
    ["tilt", 1],
    ["designer", 1],
    ["tilt", 2],
    ["designer", 2],
  ])("goes where the eager one goes: %s, %i domains", async (arm, domains) => {
    const [eager, fast] = [await trajectory(arm, undefined, domains), await trajectory(arm, compiled, domains)];
    expect(fast.counts).toEqual(eager.counts);
    expect(distance(fast.theta, eager.theta)).toBeLessThan(1e-4);
    expect(distance(fast.phi, eager.phi)).toBeLessThan(1e-3);
    expect(fast.values.length).toBe(eager.values.length);
    for (const [i, value] of fast.values.entries()) expect(value).toBeCloseTo(eager.values[i]!, 4);
  });

  it("keeps the laws: same seed, same bits; α_max = 0 is the baseline, bit for bit", async () => {
    const baseline = await trajectory("baseline", compiled);
    expect(await trajectory("designer", compiled)).toEqual(await trajectory("designer", compiled));
    expect((await trajectory("closed", compiled)).theta).toEqual(baseline.theta);
  });
});
