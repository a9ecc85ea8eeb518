import * as tf from "@tensorflow/tfjs";
import { type Feedback, type Learner, type Params, randomFromSeed } from "@vpt/contracts";
import { mapParams } from "@vpt/contracts/tensors";
import { beforeAll, describe, expect, it } from "vitest";
import {
  numbersOf,
  toyBatch,
  toyDesigner,
  toyFeedback,
  toyLearner,
  toyParams,
  toyPrediction,
  type ToyBatch,
  type ToyView,
} from "../testing/toy.js";
import { toyBaseline, toyOptions, toyStart, type ToyOptions } from "../testing/toy-run.js";
import type { AuxiliaryUpdate } from "./auxiliary-update.js";
import { disposeUnreferenced, type TrainState } from "./train-state.js";
import { trainStep } from "./train-step.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

/** A teacher by EMA, and a centre by the batch. */
const rule: AuxiliaryUpdate<ToyBatch> = {
  scalars: (step) => ({ momentum: 0.5 + step / 100 }),
  afterStep: ({ after, auxiliary: { teacher, centre }, batch, task, scalars: { momentum } }) =>
    tf.tidy(() => ({
      auxiliary: {
        teacher: mapParams(teacher!, (tensor, name) => after[name]!.add(tensor.sub(after[name]!).mul(momentum!))),
        centre: { c: centre!["c"]!.mul(0.9).add(batch.x_ND.mean(0).mul(0.1)) },
      },
      loggedScalars: { taskMean: task["target_NE"]!.mean() as tf.Scalar },
    })),
};
const start = (counters = {}): TrainState => ({
  ...toyStart(),
  auxiliary: { teacher: mapParams(toyParams(), (tensor) => tensor.clone()), centre: { c: tf.zeros([3]) } },
  random: { ...toyStart().random, heads: randomFromSeed(0, "heads").state() },
  counters: { ...toyStart().counters, ...counters },
});
const auxiliaryOf = ({ auxiliary }: TrainState) => ({
  ...numbersOf(auxiliary["teacher"]!),
  ...numbersOf(auxiliary["centre"]!),
});
const worst = (a: Record<string, number[]>, b: Record<string, number[]>): number =>
  Math.max(...Object.entries(a).flatMap(([name, values]) => values.map((x, i) => Math.abs(x - b[name]![i]!))));

describe("afterStep", () => {
  it("moves its groups by the step's outcome, leaves the learner's bits alone and leaks nothing", async () => {
    const [before, batch] = [start(), toyBatch()];
    const { state: plain } = await trainStep(before, batch, toyOptions());
    const count = tf.memory().numTensors;
    const { state, metrics } = await trainStep(before, batch, toyOptions({}, { auxiliary: rule }));
    expect(numbersOf(state.params)).toEqual(numbersOf(plain.params));
    const expected = tf.tidy(() => numbersOf({ w1: toyParams()["w1"]!.add(state.params["w1"]!).div(2) }));
    expect(worst(expected, auxiliaryOf(state))).toBeLessThan(1e-6);
    // of the task after the designer's update, on the learner's predictions
    const mean = tf.tidy(() => {
      const view = { prediction_NE: toyPrediction(before.params, batch) };
      return toyDesigner().design(state.designerParams, batch, view)["target_NE"]!.mean().dataSync()[0]!;
    });
    expect(metrics["taskMean"]).toBeCloseTo(mean, 6);
    disposeUnreferenced(state, before);
    expect(tf.memory().numTensors).toBe(count);
  });

  it("takes micro-batches as the one batch they are pieces of", async () => {
    const options = toyBaseline({ auxiliary: rule });
    const pieces = [1, 2].map((seed) => toyBatch(randomFromSeed(seed)));
    const whole = tf.tidy(() => ({
      x_ND: tf.keep(tf.concat(pieces.map(({ x_ND }) => x_ND))),
      y_NE: tf.keep(tf.concat(pieces.map(({ y_NE }) => y_NE))),
    }));
    const one = await trainStep(start(), whole, options);
    const before = start();
    const count = tf.memory().numTensors;
    const two = await trainStep(before, { microBatches: pieces }, options);
    expect(worst(auxiliaryOf(one.state), auxiliaryOf(two.state))).toBeLessThan(1e-5);
    expect(two.metrics["taskMean"]).toBeCloseTo(one.metrics["taskMean"]!, 5);
    disposeUnreferenced(two.state, before);
    expect(tf.memory().numTensors).toBe(count);
  });

  it("of a skipped step moves nothing", async () => {
    const before = start();
    const options = toyBaseline({ auxiliary: rule, skipStep: () => true });
    const { state } = await trainStep(before, toyBatch(), options);
    expect(state.auxiliary).toEqual(before.auxiliary);
  });
});

describe("beforeMetaStep", () => {
  const heads = (readyAt: number): AuxiliaryUpdate<ToyBatch> => ({
    randomStream: "heads",
    async beforeMetaStep({ counters }, random) {
      const updates = (counters["updates"] ?? 0) + 1;
      return {
        auxiliary: { centre: { c: tf.fill([3], random.uniform()) } },
        counters: { updates },
        ready: updates >= readyAt,
        metrics: { updates },
      };
    },
  });

  async function run(options: ToyOptions, steps: number) {
    let state = start();
    const log: Readonly<Record<string, number>>[] = [];
    for (let i = 0; i < steps; i++) {
      const stepped = await trainStep(state, toyBatch(randomFromSeed(i)), options);
      disposeUnreferenced(state, stepped.state);
      state = stepped.state;
      log.push(stepped.metrics);
    }
    return { state, log };
  }

  it("that is not ready keeps the steps those of the baseline, until a meta step for which it is", async () => {
    const baseline = await run(toyBaseline(), 7);
    const { state, log } = await run(toyOptions({}, { auxiliary: heads(3) }), 7);
    expect(log.slice(0, 4).map(({ loss }) => loss)).toEqual(baseline.log.slice(0, 4).map(({ loss }) => loss));
    expect(log.map((metrics) => "value" in metrics)).toEqual([false, false, false, false, true, false, true]);
    expect(log.map(({ updates }) => updates)).toEqual([1, undefined, 2, undefined, 3, undefined, 4]);
    expect(state.counters).toMatchObject({ meta: 2, updates: 4, deferredMeta: 0 });
    const again = await run(toyOptions({}, { auxiliary: heads(3) }), 7);
    expect(again.log).toEqual(log);
    expect(again.state.random).toEqual(state.random);
  });

  it("gives the feedback and the loss the groups it moved", async () => {
    const seen: number[] = [];
    const look = (auxiliary: Readonly<Record<string, Params>> | undefined): void =>
      void seen.push(auxiliary!["centre"]!["c"]!.dataSync()[0]!);
    const feedback: Feedback = {
      gradient: (...given) => (look(given[3]), toyFeedback.gradient(...given)),
    };
    const learner: Learner<ToyBatch, ToyView> = { loss: (...given) => (look(given[3]), toyLearner.loss(...given)) };
    await run(toyOptions({ feedback }, { learner, auxiliary: heads(0) }), 1);
    expect(seen.length).toBeGreaterThan(2);
    expect(new Set(seen).size).toBe(1);
    expect(seen[0]).not.toBe(0);
  });

  it("names the random stream that the state lacks, and leaks nothing when it throws", async () => {
    const before = start();
    const options = (change: object) => toyOptions({}, { auxiliary: { ...heads(1), ...change } });
    await expect(trainStep(before, toyBatch(), options({ randomStream: "other" }))).rejects.toThrow(
      'no random stream "other"',
    );
    const failing = () => Promise.reject(new Error("on purpose"));
    const batch = toyBatch();
    const count = tf.memory().numTensors;
    await expect(trainStep(before, batch, options({ beforeMetaStep: failing }))).rejects.toThrow("on purpose");
    const feedback = { gradient: () => Promise.reject(new Error("on purpose")) };
    await expect(trainStep(before, batch, toyOptions({ feedback }, { auxiliary: heads(1) }))).rejects.toThrow();
    expect(tf.memory().numTensors).toBe(count);
  });
});
