import * as tf from "@tensorflow/tfjs";
import { fromSteps, adamW, VptError, type Params } from "@vpt/core";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../config/load-config.js";
import { sharedConfigSchema, type SharedConfig } from "../config/shared-config.js";
import type { RunCallback } from "../run-callback.js";
import type { OpenWorkload, Workload } from "../workload.js";
import { callbackLaws } from "./callback-laws.js";
import { assert, workloadLaws, type Law } from "./workload-laws.js";

type Batch = { readonly target: tf.Tensor1D };

/** A point that follows its batches; `broken` spoils one thing. */
const point = (broken: Partial<OpenWorkload<Batch, Batch>> = {}, next = (step: number) => [step % 2, 1]) => {
  const workload: Workload<SharedConfig, Batch, Batch> = {
    kind: "point",
    schema: sharedConfigSchema(["baseline"]),
    open: async () => ({
      params: { w: tf.zeros([2]) },
      trainable: ["w"],
      unit: "images",
      model: "point",
      data: { test: 1 },
      primaryMetric: { name: "sum", label: "sum", higherIsBetter: true },
      metrics: [{ name: "sum", label: "sum", higherIsBetter: true }],
      method: () => ({
        step: {
          learner: {
            loss: (params, batch, taskOf) =>
              tf.mean(tf.square(tf.sub(params["w"]!, (taskOf(batch) as unknown as Batch).target))) as tf.Scalar,
          },
          designer: {
            init: () => ({}),
            baselineTask: ({ target }) => ({ target }),
            design: (_: Params, { target }: Batch) => ({ target }),
          },
          optimizer: adamW(),
          learningRate: () => 0.1,
        },
        batches: fromSteps(async (step) => ({ target: tf.tensor1d(next(step)) })),
        unitsPerStep: 1,
      }),
      evaluate: async (params) => ({ metrics: { sum: [...(await params["w"]!.data())].reduce((a, b) => a + b, 0) } }),
      close: async () => undefined,
      ...broken,
    }),
  };
  return workload;
};
const config = parseConfig(
  point().schema,
  { steps: 3, saveEvery: 1, backend: { device: "js", compile: false } },
  "test",
);

const brokenLaws = async (laws: readonly Law[]): Promise<Record<string, string>> => {
  const broken: Record<string, string> = {};
  for (const { name, check } of laws)
    await check().catch((error: Error) => {
      expect(error).toBeInstanceOf(VptError);
      broken[name] = error.message;
    });
  return broken;
};

describe("workloadLaws", () => {
  it("hold for a workload that keeps them, one law after another in any order", async () => {
    expect(await brokenLaws([...workloadLaws(point(), config)].reverse())).toEqual({});
  });

  it("name a primary metric that is not among the metrics", async () => {
    const primaryMetric = { name: "other", label: "other", higherIsBetter: true };
    expect(await brokenLaws(workloadLaws(point({ primaryMetric }), config))).toEqual({
      "names its metrics, and scores every method by the primary one": 'law broken: "other" is not among the metrics',
    });
  });

  it("name a score without the primary metric", async () => {
    const broken = await brokenLaws(workloadLaws(point({ evaluate: async () => ({ metrics: {} }) }), config));
    expect(broken).toEqual({
      "names its metrics, and scores every method by the primary one": 'law broken: a score without "sum"',
    });
  });

  it("name scores that a second run does not repeat", async () => {
    let calls = 0;
    const broken = await brokenLaws(
      workloadLaws(point({ evaluate: async () => ({ metrics: { sum: calls++ } }) }), config),
    );
    expect(broken["gives the same metrics and scores for the same seed"]).toBe("law broken: scores differ");
    expect(broken["resumes bit for bit after any step"]).toBe("law broken: stopped at step 1: scores differ");
  });

  it("name metrics that another run does not repeat, as of batches from a clock", async () => {
    let clock = 0;
    const broken = await brokenLaws(
      workloadLaws(
        point({}, () => [clock++, 1]),
        config,
      ),
    );
    expect(broken["gives the same metrics and scores for the same seed"]).toBe("law broken: metrics.jsonl differs");
    expect(broken["resumes bit for bit after any step"]).toBe("law broken: stopped at step 1: metrics.jsonl differs");
  });
});

describe("callbackLaws", () => {
  const laws = (make: () => RunCallback) => brokenLaws(callbackLaws(make, point(), config));

  it("hold for a callback that only looks", async () => {
    const seen: number[] = [];
    expect(await laws(() => ({ onStep: ({ step }) => void seen.push(step) }))).toEqual({});
    expect(seen.length).toBeGreaterThan(5);
  });

  it("name a callback that changes the parameters", async () => {
    const changed: RunCallback = {
      onStep: ({ step, state }) => {
        if (step === 0) state.params["w"]!.dataSync().fill(9);
      },
      onMethodEnd: ({ state }) => void (state.params as Record<string, tf.Tensor>)["w"]!.dataSync().fill(9),
    };
    expect((await laws(() => changed))["changes no number of the run"]).toBe(
      "law broken: scores differ with the callback",
    );
  });
});

describe("assert", () => {
  it("throws what is broken, only where it is", () => {
    expect(() => assert(true, "x")).not.toThrow();
    expect(() => assert(false, "x")).toThrow("law broken: x");
  });
});
