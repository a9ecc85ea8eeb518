import * as tf from "@tensorflow/tfjs";
import { beforeAll, expect, it } from "vitest";
import type { Params } from "@vpt/contracts";
import { probe } from "./probe.js";
import { probeLearningRates } from "./probe-learning-rates.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

it("on ½‖w‖² with g_pre = w predicts η‖w‖², realises η‖w‖² − ½η²‖w‖², agrees with probe, leaks nothing", async () => {
  const before = { w: tf.tensor1d([1, -2]), fixed: tf.scalar(3) };
  const gradient = { w: before.w };
  const downstream = ({ w, fixed }: Params): tf.Scalar => w!.square().sum().mul(0.5).add(fixed!) as tf.Scalar;
  const count = tf.memory().numTensors;
  const pairs = await probeLearningRates({ downstream, before, gradient, rates: [0.01, 0.5] });
  expect(tf.memory().numTensors).toBe(count);
  for (const [i, eta] of [0.01, 0.5].entries()) {
    expect(pairs[i]!.predicted).toBeCloseTo(5 * eta, 5);
    expect(pairs[i]!.realised).toBeCloseTo(5 * eta - 2.5 * eta ** 2, 5);
    const after = { w: before.w.mul(1 - eta) };
    const alone = await probe({ downstream, before, after });
    expect(pairs[i]!.realised).toBeCloseTo(alone.realised, 5);
    tf.dispose(after);
  }
  tf.dispose(before);
});
