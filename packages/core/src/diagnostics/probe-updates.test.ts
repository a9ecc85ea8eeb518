import * as tf from "@tensorflow/tfjs";
import { beforeAll, expect, it, vi } from "vitest";
import type { Compile, Params } from "@vpt/contracts";
import { probeUpdates } from "./probe-updates.js";
import { gradientSteps } from "./probe-learning-rates.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

const half = ({ w, fixed }: Params): tf.Scalar => w!.square().sum().mul(0.5).add(fixed!) as tf.Scalar;
const start = () => ({ w: tf.tensor1d([1, -2]), fixed: tf.scalar(3) });

it("measures each move against one gradient: ⟨w, d⟩ beside ⟨w, d⟩ − ½‖d‖² on ½‖w‖²", async () => {
  const before = start();
  const moves = [{ w: tf.tensor1d([0.5, -2]) }, { w: tf.tensor1d([1, -1]) }];
  const count = tf.memory().numTensors;
  const pairs = await probeUpdates(half).evaluate(before, moves);
  expect(tf.memory().numTensors).toBe(count);
  expect(pairs).toEqual([
    { loss: 5.5, predicted: 0.5, realised: 0.375 },
    { loss: 5.5, predicted: 2, realised: 1.5 },
  ]);
  tf.dispose([before, moves]);
});

it("compiles loss and gradient once for all moves of all steps, and frees them", async () => {
  const before = start();
  const [made, dispose] = [vi.fn(), vi.fn()];
  const compile: Compile = <Args extends readonly unknown[], Result>(f: (...args: Args) => Result) => {
    made();
    return Object.assign((...args: Args) => f(...args), { dispose });
  };
  const probe = probeUpdates(half, compile);
  for (let step = 0; step < 2; step++) await probe.evaluate(before, gradientSteps(before, { w: before.w }, [0.1, 0.5]));
  probe.dispose();
  expect([made.mock.calls.length, dispose.mock.calls.length]).toEqual([2, 2]);
  tf.dispose(before);
});

it("leaves no tensor behind when a loss throws", async () => {
  const before = start();
  const count = tf.memory().numTensors;
  let calls = 0;
  const breaks = (params: Params): tf.Scalar => {
    if (++calls > 1) throw new Error("no");
    return half(params);
  };
  await expect(probeUpdates(breaks).evaluate(before, gradientSteps(before, { w: before.w }, [0.1]))).rejects.toThrow(
    "no",
  );
  expect(tf.memory().numTensors).toBe(count);
  tf.dispose(before);
});
