import * as tf from "@tensorflow/tfjs";
import { adamW, fromSteps, type Params } from "@vpt/core";
import { beforeAll, describe, expect, it } from "vitest";
import type { MethodPlan } from "../workload.js";
import { measureStepCosts } from "./measure-step-costs.js";

type Batch = { readonly target: tf.Tensor1D };
type View = Record<string, never>;

beforeAll(async () => void (await tf.setBackend("cpu")));

/**
 * A point that follows designed targets, on a clock that its parts move: 1 s the ordinary task, 3 s a designed one, 10
 * s a feedback gradient, 100 s a batch. The first time that something is done costs 1000 s more, as compilation does.
 */
function clockedPlan(value: object | undefined, rest: object = {}) {
  let clock = 0;
  const seen = new Set<string>();
  const log: string[] = [];
  const take = (what: string, seconds: number): void => {
    clock += seconds + (seen.has(what) ? 0 : 1000);
    seen.add(what);
    log.push(what);
  };
  const plan: MethodPlan<Batch, View> = {
    step: {
      learner: {
        loss: (params, { target }, taskOf) => {
          const { shift } = taskOf({});
          return tf.mean(tf.square(tf.sub(params["w"]!, target.add(shift!)))) as tf.Scalar;
        },
      },
      designer: {
        init: () => ({ shift: tf.scalar(0.5) }),
        baselineTask: () => {
          take("ordinary task", 1);
          return { shift: tf.scalar(0) };
        },
        design: ({ shift }) => {
          take("designed task", 3);
          return { shift: shift!.clone() };
        },
      },
      optimizer: adamW(),
      learningRate: () => 0.1,
      ...(value && {
        value: {
          feedback: {
            gradient: (params: Params) => {
              take("feedback", 10);
              return { w: params["w"]!.sub(3) };
            },
          },
          subset: ["w"],
          designerOptimizer: adamW(),
          designerLearningRate: () => 0.1,
          ...value,
        },
      }),
      ...rest,
    },
    batches: fromSteps(async (step) => {
      take("batch", 100);
      return { target: tf.tensor1d([step % 3, 1]) };
    }),
    unitsPerStep: 1,
  };
  return { plan, log, now: () => 1000 * clock };
}

async function measure({ plan, now }: ReturnType<typeof clockedPlan>) {
  const start = { params: { w: tf.zeros([2]) }, auxiliary: {} };
  const [costs] = await measureStepCosts([plan], { start, seed: 0, trainable: ["w"], now });
  expect([...(await start.params.w.data())]).toEqual([0, 0]); // left alone
  return costs!;
}

describe("measureStepCosts", () => {
  it("counts feedback, value and task of a whole period, and neither batches nor compilation", async () => {
    const clocked = clockedPlan({ burnInSteps: 2, updateEvery: 4, initialFeedbackBatches: 6 });
    const costs = await measure(clocked);
    // A meta step designs as often as the value's derivative needs; the other three of a period design once
    const between = (from: number): string[] => clocked.log.slice(from, clocked.log.indexOf("batch", from + 1));
    const lastFeedback = clocked.log.lastIndexOf("feedback");
    const designs = between(lastFeedback).filter((what) => what === "designed task").length;
    expect(designs).toBeGreaterThan(0);
    expect(costs).toEqual({
      burnInSteps: 2,
      burnInStep: 1,
      firstUpdate: 5 * 10,
      step: (10 + 3 * designs + 3 * 3) / 4,
    });
  });

  it("measures an ordinary step, and one with a fixed target", async () => {
    expect(await measure(clockedPlan(undefined))).toEqual({ burnInSteps: 0, burnInStep: 1, firstUpdate: 0, step: 1 });
    const fixed = clockedPlan(undefined, { startDesigningAt: 3 });
    expect(await measure(fixed)).toEqual({ burnInSteps: 3, burnInStep: 1, firstUpdate: 0, step: 3 });
  });

  it("skips most of a long burn-in, at its place in the batches, and puts the batches back", async () => {
    const clocked = clockedPlan({ burnInSteps: 40, updateEvery: 1 });
    const { burnInSteps, burnInStep } = await measure(clocked);
    expect([burnInSteps, burnInStep]).toEqual([40, 1]);
    expect(clocked.log.filter((what) => what === "ordinary task")).toHaveLength(4 * 4);
    const batch = (await clocked.plan.batches.next()) as Batch;
    expect([...(await batch.target.data())]).toEqual([0, 1]);
  });

  it("times two methods in turn, and takes the least of three times: what disturbs only adds time", async () => {
    const [own, other] = [clockedPlan({ updateEvery: 2 }), clockedPlan(undefined)];
    const order: string[] = [];
    let disturbance = 0;
    // All rounds but the last are slowed down: every reading of the clock comes 500 s later than the one before
    const now = (): number => own.now() + other.now() + (disturbance += order.length < 6 ? 500_000 : 0);
    const watched = ({ plan }: ReturnType<typeof clockedPlan>, name: string): MethodPlan<Batch, View> => ({
      ...plan,
      batches: {
        ...plan.batches,
        restore: (state) => {
          order.push(name);
          return plan.batches.restore(state);
        },
      },
    });
    const start = { params: { w: tf.zeros([2]) }, auxiliary: {} };
    const plans = [watched(own, "own"), watched(other, "other")];
    const [costs, baseline] = await measureStepCosts(plans, { start, seed: 0, trainable: ["w"], now });
    expect(order).toEqual(Array.from({ length: 4 }, () => ["own", "other"]).flat());
    expect(baseline).toEqual({ burnInSteps: 0, burnInStep: 1, firstUpdate: 0, step: 1 });
    expect(costs).toEqual(await measure(clockedPlan({ updateEvery: 2 })));
  });

  it("leaves no tensors", async () => {
    const clocked = clockedPlan({ updateEvery: 2 });
    const start = { params: { w: tf.zeros([2]) }, auxiliary: {} };
    const before = tf.memory().numTensors;
    await measureStepCosts([clocked.plan], { start, seed: 0, trainable: ["w"], now: clocked.now });
    expect(tf.memory().numTensors).toBe(before);
  });

  it("says what ended where the batches run out", async () => {
    const { plan } = clockedPlan(undefined);
    const short = { ...plan, batches: { ...plan.batches, next: async () => undefined } };
    const start = { params: { w: tf.zeros([2]) }, auxiliary: {} };
    await expect(measureStepCosts([short], { start, seed: 0, trainable: ["w"] })).rejects.toThrow(
      /match "seconds": the batches ran out at step 0 of \d+ that time the method; repeat the stream/,
    );
  });
});
