import * as tf from "@tensorflow/tfjs";
import { useBackend } from "@vpt/backend";
import { createTrainState, randomFromSeed, trainStep, type MicroBatches, type StepMetrics } from "@vpt/core";
import type { LanguageBatch } from "@vpt/lang";
import { beforeAll, describe, expect, it } from "vitest";
import { parseRunConfig } from "./config.js";
import type { LanguageMethod } from "@vpt/lang";
import { createProgress } from "../progress.js";
import { buildMethod } from "./build-method.js";
import { loadExperiment } from "./load-experiment.js";
import { sampleTargets } from "./sample-targets.js";

beforeAll(async () => void (await useBackend({ device: "auto", threads: 1, log: () => {} })), 120_000);

const rows = (split: string, limit: number, seed = 0) => ({ synthetic: "problems", split, limit, seed });
const data = { unlabeled: { synthetic: "stream", limit: 4 }, feedback: rows("feedback", 4), test: rows("test", 2) };
const domains = [{ unlabeled: { synthetic: "stream", limit: 4, seed: 1 }, feedback: rows("feedback", 4, 1) }];
const small = {
  model: "tiny",
  batchSize: 1,
  unlabeledTokens: 320,
  answerTokens: 320,
  designer: { layers: 1, width: 16, heads: 2, candidates: 4 },
};
const run = (given: { readonly data?: object; readonly value?: object } & Record<string, unknown> = {}) =>
  parseRunConfig(
    {
      ...small,
      ...given,
      data: { ...data, ...given.data },
      value: { burnInSteps: 0, feedbackBatchSize: 1, initialFeedbackBatches: 1, ...given.value },
    },
    "test",
  );

/** One step of an method, and what it was taken on. */
async function oneStep(method: LanguageMethod, config: ReturnType<typeof run>) {
  const prepared = await loadExperiment(config, "cpu", createProgress());
  const told: object[] = [];
  const opened = buildMethod(prepared, method, config, {
    onSignal: (each) => told.push(each),
    onGradients: (each) => told.push(each),
  });
  const { options, trainable, batches } = opened;
  const state = createTrainState({
    params: prepared.model.params,
    trainable,
    designerParams: options.designer.init(0),
    optimizer: options.optimizer,
    designerOptimizer: options.designerOptimizer,
    seed: 0,
  });
  const batch = (await batches.next())!;
  const stepped = await trainStep(state, batch, options);
  return { ...stepped, prepared, opened, batch, told };
}

describe("a run with further domains", () => {
  const config = run({ data: { domains } });
  it.each<LanguageMethod>(["value", "tilt", "baseline", "sft"])(
    "takes a batch of each: %s",
    async (method) => {
      const { metrics, batch, state, opened, prepared } = await oneStep(method, config);
      const { microBatches } = batch as MicroBatches<LanguageBatch>;
      expect(microBatches.length).toBe(2);
      expect(opened.rowsPerStep).toBe(2);
      const valued = method !== "baseline" && method !== "sft";
      expect(Number.isFinite(metrics["value"] ?? NaN)).toBe(valued);
      const first = opened.trainable[0]!;
      expect(Object.keys(state.feedbackEma).includes(`1/${first}`)).toBe(valued);
      const shown = method === "sft" ? undefined : await sampleTargets(prepared, opened, config, state);
      expect(shown !== undefined).toBe(valued);
    },
    300_000,
  );

  it("refuses a domain whose feedback is in the report, naming it, and accumulation beside domains", async () => {
    const leaking = [{ ...domains[0], feedback: rows("test", 2) }];
    await expect(loadExperiment(run({ data: { domains: leaking } }), "cpu", createProgress())).rejects.toThrow(
      /"data\.test": 2 of 2 questions are in "data\.domains\.0\.feedback" too/,
    );
    expect(() => run({ data: { domains }, gradientAccumulation: 2 })).toThrow(
      /"gradientAccumulation": expected 1 beside data\.domains/,
    );
  });
});

describe("stabilisers of the feedback", () => {
  it("grow, the average of norms and the direction's length are keys of a run", async () => {
    const value = {
      adaptiveBatch: { minCosine: 1, maxBatches: 2 },
      feedbackNormEmaDecay: 0.5,
      normalizeDirection: false,
    };
    const many = { feedback: rows("feedback", 64) }; // so that the halves draw different rows
    const { told, state, opened } = await oneStep("value", run({ value, data: many }));
    expect(told).toMatchObject([{ batchesPerHalf: 2 }]);
    expect(state.feedbackNormEma).toBeGreaterThan(0);
    expect(opened.options.value).toMatchObject({ feedbackNormEmaDecay: 0.5, normalizeDirection: false });
    const norm = tf.tidy(
      () =>
        tf
          .addN(Object.values(state.feedbackEma).map((g) => g.square().sum()))
          .sqrt()
          .dataSync()[0]!,
    );
    expect(norm).toBeCloseTo(1, 4); // the first gradient over its own norm
  }, 300_000);

  it("leaves keys out where they are not asked for, so that earlier runs resume", async () => {
    const { value } = run();
    expect(Object.keys(value).filter((key) => /adaptiveBatch|NormEma|normalize/.test(key))).toEqual([]);
    const { state }: { state: { feedbackNormEma?: number }; metrics: StepMetrics } = await oneStep("tilt", run());
    expect(state.feedbackNormEma).toBeUndefined();
    expect(() => run({ value: { adaptiveBatch: { minCosine: 2 } } })).toThrow(/"value\.adaptiveBatch\.minCosine"/);
  }, 300_000);
});

it("ends the cosine of the learning rate at learner.finalLearningRateShare, by default at 0", async () => {
  const rateAtEnd = async (learner: object): Promise<number> => {
    const config = run({ steps: 40, learner: { learningRate: 0.5, ...learner } });
    const { options } = buildMethod(await loadExperiment(config, "cpu", createProgress()), "baseline", config);
    return options.learningRate(40);
  };
  expect(await rateAtEnd({})).toBeCloseTo(0, 9);
  expect(await rateAtEnd({ finalLearningRateShare: 0.25 })).toBeCloseTo(0.125, 9);
}, 300_000);

describe("several weighted objectives", () => {
  it("have a gradient each, of unit norm, and tell how they lie to one another", async () => {
    const feedback = [rows("feedback", 4), rows("feedback", 4, 1)];
    const config = run({
      data: { feedback },
      value: { feedbackWeights: [1, 0.5], preconditioner: "none", normalizeDirection: false },
    });
    const { told, state, metrics } = await oneStep("value", config);
    const [{ norms, cosines }] = told as [{ norms: Record<string, number>; cosines: Record<string, number> }];
    expect(Object.keys(norms)).toEqual(["feedback 0", "feedback 1"]);
    const cosine = cosines["feedback 0·feedback 1"]!;
    const norm = tf.tidy(
      () =>
        tf
          .addN(Object.values(state.feedbackEma).map((g) => g.square().sum()))
          .sqrt()
          .dataSync()[0]!,
    );
    expect(norm).toBeCloseTo(Math.sqrt(1 + 0.25 + 2 * 0.5 * cosine), 3); // of ĝ₁ + ĝ₂/2
    expect(Number.isFinite(metrics["value"])).toBe(true);
    const refused =
      (value: object, more: object = {}) =>
      () =>
        run({ data: { feedback, ...more }, value });
    expect(refused({ feedbackWeights: [1] })).toThrow(/"value\.feedbackWeights": expected one weight a source/);
    expect(refused({ feedbackWeights: [1, 1] }, { domains })).toThrow(/expected none beside data\.domains/);
  }, 300_000);
});

describe("a meta batch of its own length", () => {
  const tokensOf = async (method: LanguageMethod, metaTokens?: number) => {
    const { batch, metrics } = await oneStep(method, run(metaTokens === undefined ? {} : { value: { metaTokens } }));
    const { ids_BT, meta } = batch as LanguageBatch;
    return { tokens: ids_BT.shape[1], meta: meta?.ids_BT.shape[1], loss: metrics["loss"], value: metrics["value"] };
  };
  it("cuts the rows that the value is taken on, and nothing else", async () => {
    const [whole, cut] = [await tokensOf("value"), await tokensOf("value", 128)];
    expect(cut).toMatchObject({ tokens: whole.tokens, meta: 128 });
    expect(cut.value).not.toBe(whole.value);
    expect((await tokensOf("tilt", 128)).meta).toBeUndefined(); // closed form: of the whole batch
  }, 300_000);
});

describe("precision bf16", () => {
  it("asks for the tangent that it can carry", () => {
    expect(run({ backend: { precision: "bf16" } }).backend.precision).toBe("bf16");
    expect(() => run({ backend: { precision: "bf16" }, value: { derivative: "central-difference" } })).toThrow(
      /"value\.derivative": expected "forward-mode"/,
    );
    expect(() => run({ backend: { precision: "f16" } })).toThrow(/"backend\.precision"/);
  });

  it("takes nearly float32's step, and not the same", async () => {
    const { native } = await useBackend({ device: "auto", threads: 1, log: () => {} });
    const exact = (await oneStep("value", run())).metrics;
    await useBackend({ device: "auto", threads: 1, precision: "bf16", log: () => {} });
    const rounded = (await oneStep("value", run())).metrics;
    await useBackend({ device: "auto", threads: 1, log: () => {} });
    expect(Math.abs(rounded["loss"]! / exact["loss"]! - 1)).toBeLessThan(0.01);
    expect(Number.isFinite(rounded["value"])).toBe(true);
    if (native) expect(rounded["loss"]).not.toBe(exact["loss"]);
  }, 300_000);
});

it("draws batches of the probe rows, where a batch is fewer; their mean is the gradient of all", async () => {
  const config = run({ data: { probeRows: rows("feedback", 2, 1) }, loss: "sequence-mean" });
  const prepared = await loadExperiment(config, "cpu", createProgress());
  const { probe, options } = buildMethod(prepared, "value", config);
  const { params } = prepared.model;
  const name = "model.norm.weight";
  const exact = tf.grad((weight: tf.Tensor) => probe!.downstream({ ...params, [name]: weight }))(params[name]!);
  const drawn = new Map<string, tf.Tensor>();
  for (let seed = 0; drawn.size < 2 && seed < 20; seed++) {
    const gradient = (await probe!.feedback!.gradient(params, [name], randomFromSeed(seed, "draw")))[name]!;
    drawn.set(gradient.dataSync().join(), gradient);
  }
  expect(drawn.size).toBe(2); // a batch of one: either row
  const mean = tf
    .addN([...drawn.values()])
    .div(2)
    .dataSync();
  exact.dataSync().forEach((each, i) => expect(mean[i]).toBeCloseTo(each, 4));
  expect(options.value).toBeDefined();
  const whole = run({ data: { probeRows: rows("feedback", 1, 1) } });
  const loaded = await loadExperiment(whole, "cpu", createProgress());
  expect(buildMethod(loaded, "value", whole).probe).not.toHaveProperty("feedback");
});
