import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Learner, VptError } from "@vpt/contracts";
import { createCheckpoints } from "../run/index.js";
import { warmupCosine } from "../optim/schedule.js";
import { jsonTensorFile } from "../testing/json-tensor-file.js";
import { numbersOf, toyLearner, toyParams, toySource, type ToyBatch, type ToyView } from "../testing/toy.js";
import { toyOptions, toyStart } from "../testing/toy-run.js";
import { packTrainState, type TrainState } from "./train-state.js";
import type { StepMetrics } from "./train-step-options.js";
import { vPretrain, type VPretrainOptions } from "./pretrain-loop.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

const steps = 12;
const value = { ...toyOptions().value!, burnInSteps: 1, updateEvery: 3 };
const run = (rest: Partial<VPretrainOptions<ToyBatch, ToyView>> = {}): Promise<TrainState> =>
  vPretrain({
    ...toyOptions(),
    state: rest.state ?? toyStart(),
    batches: toySource(),
    steps,
    learningRate: warmupCosine({ peak: 0.05, steps, lrWarmupSteps: 2 }),
    value,
    ...rest,
  });
const everything = (state: TrainState) => {
  const { tensors, json } = packTrainState(state);
  return { json, numbers: numbersOf(tensors) };
};
const disposeState = (state: TrainState): void => tf.dispose(packTrainState(state).tensors);

describe("vPretrain", () => {
  it("takes the steps it was asked for and logs each", async () => {
    const log: StepMetrics[] = [];
    const state = await run({ onStep: (metrics) => void log.push(metrics) });
    expect(state.step).toBe(steps);
    expect(log.map(({ step }) => step)).toEqual(Array.from({ length: steps }, (_, i) => i));
    expect(log.flatMap(({ step, value }) => (value === undefined ? [] : [step]))).toEqual([1, 4, 7, 10]);
  });

  it("lowers the loss", async () => {
    const losses: number[] = [];
    await run({ steps: 60, learningRate: () => 0.05, onStep: ({ loss }) => void losses.push(loss!) });
    const mean = (xs: number[]): number => xs.reduce((a, b) => a + b) / xs.length;
    expect(mean(losses.slice(-10))).toBeLessThan(mean(losses.slice(0, 10)));
  });

  it("frees what it replaces: only its last state is left", async () => {
    const before = tf.memory().numTensors;
    disposeState(await run());
    expect(tf.memory().numTensors).toBe(before);
  });

  it("hands onStep the state before and after", async () => {
    await run({
      onStep: (_, state, previous) => {
        expect(state.step).toBe(previous.step + 1);
        numbersOf({ ...previous.params, ...previous.designerParams }); // throws on a disposed tensor
      },
    });
  });

  it("hears a timer or a process signal, though no step waits for anything", async () => {
    const abort = new AbortController();
    setTimeout(() => abort.abort());
    const state = await run({ steps: 2000, signal: abort.signal });
    expect(state.step).toBeLessThan(2000);
    disposeState(state);
  });

  it("stops on a signal after the step at hand, and saves", async () => {
    const abort = new AbortController();
    const saved: number[] = [];
    const state = await run({
      signal: abort.signal,
      onStep: ({ step }) => (step === 4 ? abort.abort() : undefined),
      save: ({ step }) => Promise.resolve(void saved.push(step)),
    });
    expect([state.step, saved]).toEqual([5, [5]]);
  });

  it("saves every so often and at the end, each state once", async () => {
    const saved: number[] = [];
    await run({ saveEvery: 5, save: ({ step }) => Promise.resolve(void saved.push(step)) });
    expect(saved).toEqual([5, 10, 12]);
    saved.length = 0;
    await run({ saveEvery: 6, save: ({ step }) => Promise.resolve(void saved.push(step)) });
    expect(saved).toEqual([6, 12]);
  });

  it("says when the batches run out, after saving", async () => {
    const saved: number[] = [];
    const save = ({ step }: TrainState): Promise<void> => Promise.resolve(void saved.push(step));
    const short = run({ batches: toySource({ count: 3 }), save });
    await expect(short).rejects.toThrow(VptError);
    await expect(short).rejects.toThrow("batches ran out at step 3 of 12");
    expect(saved).toEqual([3]);
  });

  it("gives up after too many skipped steps in a row, with the last good parameters", async () => {
    let calls = 0;
    const sick = (isSick: (step: number) => boolean): Learner<ToyBatch, ToyView> => ({
      loss: (...args) => toyLearner.loss(...args).mul(isSick(calls++) ? NaN : 1) as tf.Scalar,
    });
    const saved: TrainState["counters"][] = [];
    const save = ({ counters }: TrainState): Promise<void> => Promise.resolve(void saved.push(counters));
    const options = { maxSkippedSteps: 3, value: { ...value, burnInSteps: steps } };
    await expect(run({ ...options, save, learner: sick((call) => call >= 4) })).rejects.toThrow(
      "3 steps in a row, up to step 6, had a loss or gradient that is not finite",
    );
    expect(saved).toEqual([{ meta: 0, skippedMeta: 0, skippedStep: 3 }]);
    calls = 0;
    const state = await run({ ...options, learner: sick((call) => call % 3 !== 0) }); // never three in a row
    expect(state.counters.skippedStep).toBe(8);
    expect(Object.values(numbersOf(state.params)).flat().every(Number.isFinite)).toBe(true);
  });

  it.each<[string, Partial<VPretrainOptions<ToyBatch, ToyView>>]>([
    [
      "a step throws",
      {
        learner: {
          loss: () => {
            throw new Error("on purpose");
          },
        },
      },
    ],
    [
      "onStep throws",
      {
        onStep: ({ step }) => {
          if (step === 4) throw new Error("on purpose");
        },
      },
    ],
    ["saving fails", { saveEvery: 2, save: () => Promise.reject(new Error("on purpose")) }],
    ["the batches fail", { batches: { ...toySource(), next: () => Promise.reject(new Error("on purpose")) } }],
    ["the batches run out", { batches: toySource({ count: 5 }) }],
  ])("frees what it made when %s", async (_, rest) => {
    const state = toyStart();
    const before = tf.memory().numTensors;
    await expect(run({ state, ...rest })).rejects.toThrow(/on purpose|ran out/);
    disposeState(state);
    expect(tf.memory().numTensors).toBe(before - Object.keys(packTrainState(state).tensors).length);
  });
});

describe("a run that was cut", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "vpt-run-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  // Meta steps are 1, 4, 7, 10: cuts before the first, before and after one, between two, and at the end.
  it.each([1, 2, 4, 5, 6, 11])("at step %i goes on bit for bit", async (cut) => {
    const whole: StepMetrics[] = [];
    const expected = everything(await run({ onStep: (metrics) => void whole.push(metrics) }));

    const checkpoints = createCheckpoints(folder, jsonTensorFile);
    const parts: StepMetrics[] = [];
    const onStep = (metrics: StepMetrics): void => void parts.push(metrics);
    const abort = new AbortController();
    const save = (state: TrainState, data: unknown): Promise<void> => checkpoints.save({ state, data });
    await run({
      signal: abort.signal,
      save,
      onStep: (metrics, state) => {
        onStep(metrics);
        if (state.step === cut) abort.abort();
      },
    });

    const saved = (await checkpoints.latest(toyParams()))!;
    expect(saved.state.step).toBe(cut);
    const batches = toySource({ seed: 99 });
    await batches.restore(saved.data);
    const resumed = everything(await run({ state: saved.state, batches, save, onStep }));
    expect(resumed).toEqual(expected);
    expect(parts).toEqual(whole);
  });
});
