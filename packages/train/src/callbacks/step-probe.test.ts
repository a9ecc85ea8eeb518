import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import type { Compile, Params } from "@vpt/core";
import { readLog } from "@vpt/core/run";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { MethodInfo, StepEvent } from "../run-callback.js";
import { stepProbe } from "./step-probe.js";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "vpt-step-probe-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** L(w, b) = w₁² + w₂² + b; only w trains. */
const downstream = ({ w, b }: Params): tf.Scalar => tf.add(tf.sum(tf.square(w!)), b!) as tf.Scalar;
const b = tf.scalar(10);
const state = (w: readonly number[]) => ({
  params: { w: tf.tensor1d([...w]), b },
  optimizer: { first: { w: tf.zeros([2]) } },
});
const event = (step: number, before: readonly number[], after: readonly number[]): StepEvent =>
  ({ folder, step, previous: state(before), state: state(after) }) as never;

it("writes the loss before the step, its decrease to first order and as it is", async () => {
  const callback = stepProbe({ downstream }, { every: 1 });
  await callback.onStep!(event(0, [1, 2], [0.9, 1.8]));
  await callback.onMethodEnd!({ folder } as MethodInfo);
  const [line] = readLog(join(folder, "probe.jsonl"));
  expect(Object.keys(line!).sort()).toEqual(["loss", "predicted", "realised", "step"]);
  expect(line!.step).toBe(0);
  expect(line!["loss"]).toBeCloseTo(15, 5);
  expect(line!["predicted"]).toBeCloseTo(2 * 1 * 0.1 + 2 * 2 * 0.2, 5); // ⟨∇L, −Δw⟩
  expect(line!["realised"]).toBeCloseTo(15 - (0.81 + 3.24 + 10), 5);
});

it("is negative for a step uphill, and zero for a step that was skipped", async () => {
  const callback = stepProbe({ downstream }, { every: 1 });
  await callback.onStep!(event(0, [1, 0], [2, 0]));
  await callback.onStep!(event(1, [1, 0], [1, 0]));
  const [up, none] = readLog(join(folder, "probe.jsonl"));
  expect([up!["predicted"], up!["realised"]]).toEqual([-2, -3]);
  expect([none!["predicted"], none!["realised"]]).toEqual([0, 0]);
});

it("probes every so many steps from the first, and leaves no tensor behind", async () => {
  const callback = stepProbe({ downstream }, { every: 3 });
  const events = Array.from({ length: 8 }, (_, step) => event(step, [1, 1], [0, 0]));
  const before = tf.memory().numTensors;
  for (const each of events) await callback.onStep!(each);
  expect(readLog(join(folder, "probe.jsonl")).map(({ step }) => step)).toEqual([0, 3, 6]);
  expect(tf.memory().numTensors).toBe(before);
});

it("compiles the loss and its gradient once each, and frees both at the method's end", async () => {
  let [made, freed] = [0, 0];
  const compile: Compile = (f) => {
    made++;
    return Object.assign(f.bind(undefined), { dispose: () => void freed++ });
  };
  const callback = stepProbe({ downstream }, { every: 1, compile });
  for (const step of [0, 1, 2]) await callback.onStep!(event(step, [1, 1], [0, 0]));
  expect([made, freed]).toEqual([2, 0]);
  await callback.onMethodEnd!({ folder } as MethodInfo);
  expect([made, freed]).toEqual([2, 2]);
});
