import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { type Learner, type MicroBatches, VptError, accumulateGradients, randomFromSeed } from "@vpt/contracts";
import {
  numbersOf,
  toyBatch,
  toyDesigner,
  toyFeedback,
  toyLearner,
  toyParams,
  toySource,
  type ToyBatch,
  type ToyView,
} from "../testing/toy.js";
import { toyBaseline, toyOptimizer, toyOptions, toyStart } from "../testing/toy-run.js";
import { createTrainState, type TrainState } from "./train-state.js";
import { trainStep } from "./train-step.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

const designer = toyDesigner();
const start = (): TrainState => toyStart();
const options = toyOptions({ updateEvery: 1 });
const baseline = toyBaseline();
const random = randomFromSeed(3, "pieces");
const pieces = Array.from({ length: 3 }, () => toyBatch(random));
const inPieces: MicroBatches<ToyBatch> = { microBatches: pieces };
const together: ToyBatch = {
  x_ND: tf.concat(pieces.map(({ x_ND }) => x_ND)),
  y_NE: tf.concat(pieces.map(({ y_NE }) => y_NE)),
};

describe("a step in micro-batches", () => {
  it("is the step on all of their rows, when they are of one size", async () => {
    const [whole, split] = [await trainStep(start(), together, baseline), await trainStep(start(), inPieces, baseline)];
    expect(split.metrics["loss"]).toBeCloseTo(whole.metrics["loss"]!, 6);
    expect(split.metrics["gradientNorm"]).toBeCloseTo(whole.metrics["gradientNorm"]!, 6);
    const wanted = numbersOf(whole.state.optimizer.first);
    for (const [name, moments] of Object.entries(numbersOf(split.state.optimizer.first)))
      moments.forEach((moment, i) => expect(moment).toBeCloseTo(wanted[name]![i]!, 7));
  });

  it("of one is the step itself, bit for bit", async () => {
    const [plain, one] = [
      await trainStep(start(), pieces[0]!, options),
      await trainStep(start(), { microBatches: [pieces[0]!] }, options),
    ];
    expect(one.metrics).toEqual(plain.metrics);
    expect(numbersOf(one.state.params)).toEqual(numbersOf(plain.state.params));
  });

  it("takes the value once, from the first, and uses the new designer in all", async () => {
    let draws = 0;
    const feedback: typeof toyFeedback = { gradient: (...args) => (draws++, toyFeedback.gradient(...args)) };
    const { state, metrics } = await trainStep(start(), inPieces, {
      ...options,
      value: { ...options.value!, feedback },
    });
    const alone = await trainStep(start(), pieces[0]!, options);
    expect([draws, state.counters.meta]).toEqual([1, 1]);
    expect(metrics["value"]).toBe(alone.metrics["value"]);
    expect(numbersOf(state.designerParams)).toEqual(numbersOf(alone.state.designerParams));
    const loss = tf.tidy(() => {
      const losses = pieces.map((batch) =>
        toyLearner.loss(toyParams(), batch, (view) => designer.design(state.designerParams, batch, view)),
      );
      return tf.mean(tf.stack(losses)).dataSync()[0]!;
    });
    expect(metrics["loss"]).toBeCloseTo(loss, 6);
  });

  it("asks a closed form for the task of each", async () => {
    let asked = 0;
    const closed: typeof designer = {
      ...designer,
      init: () => ({}),
      design: (_phi, { y_NE }) => ({ target_NE: y_NE.clone() }),
      closedFormTask: ({ target_NE: cotangent }, { target_NE }) => {
        asked++;
        return { target_NE: target_NE!.add(cotangent!.mul(0.1)) };
      },
    };
    const { metrics } = await trainStep(
      createTrainState({ params: toyParams(), optimizer: toyOptimizer, seed: 0 }),
      inPieces,
      { ...options, designer: closed },
    );
    expect(asked).toBe(3);
    expect(Number.isFinite(metrics["loss"])).toBe(true);
  });

  it("leaves nothing behind but the new state", async () => {
    const before = start();
    await trainStep(before, inPieces, options); // feedback's first average and what tfjs keeps
    const tensors = tf.memory().numTensors;
    const { state } = await trainStep(before, inPieces, options);
    const made = [state.params, state.optimizer, state.designerParams, state.designerOptimizer, state.feedbackEma];
    tf.dispose(made as tf.TensorContainer);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it("of none is refused", async () => {
    await expect(trainStep(start(), { microBatches: [] }, options)).rejects.toThrow(VptError);
  });
});

describe("a batch that is made still", () => {
  it("is what the value is computed on; the learner sees the batch itself", async () => {
    const seen: boolean[] = [];
    type Noisy = ToyBatch & { readonly noise?: tf.Tensor };
    const learner: Learner<Noisy, ToyView> = {
      loss: (params, batch, taskOf) => {
        seen.push(batch.noise !== undefined);
        const loss = toyLearner.loss(params, batch, taskOf);
        return batch.noise ? loss.mul(batch.noise) : loss;
      },
      metaBatch: ({ noise: __, ...batch }) => batch,
    };
    const noisy = await trainStep<Noisy, ToyView>(start(), { ...pieces[0]!, noise: tf.scalar(2) }, {
      ...options,
      learner,
    } as never);
    const quiet = await trainStep(start(), pieces[0]!, options);
    expect(noisy.metrics["value"]).toBeCloseTo(quiet.metrics["value"]!, 6);
    expect(noisy.metrics["loss"]).toBeCloseTo(2 * quiet.metrics["loss"]!, 5);
    expect(seen.at(-1)).toBe(true);
    expect(seen).toContain(false);
  });
});

describe("accumulate", () => {
  it("groups batches, leaves out what is no group, and goes on where its source was", async () => {
    const grouped = accumulateGradients(toySource({ count: 5 }), 2);
    const first = (await grouped.next())!;
    expect(first.microBatches.length).toBe(2);
    const saved: unknown = JSON.parse(JSON.stringify(grouped.state()));
    const numbers = ({ microBatches }: MicroBatches<ToyBatch>) => microBatches.map(({ x_ND }) => [...x_ND.dataSync()]);
    const second = numbers((await grouped.next())!);
    const tensors = tf.memory().numTensors;
    expect(await grouped.next()).toBeUndefined();
    expect(tf.memory().numTensors).toBe(tensors);
    const again = accumulateGradients(toySource({ seed: 9 }), 2);
    await again.restore(saved);
    expect(numbers((await again.next())!)).toEqual(second);
  });

  it("refuses a share of a batch", () => expect(() => accumulateGradients(toySource(), 0.5)).toThrow(VptError));
});
