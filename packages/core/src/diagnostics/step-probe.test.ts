import * as tf from "@tensorflow/tfjs";
import { beforeAll, expect, it } from "vitest";
import type { Params } from "@vpt/contracts";
import { innerProduct } from "@vpt/contracts/tensors";
import { probe } from "./probe.js";
import {
  gradientOf,
  numbersOf,
  toyBatch,
  toyDesigner,
  toyDownstream,
  toyLearner,
  toyPrediction,
} from "../testing/toy.js";
import { toyOptions, toyStart } from "../testing/toy-run.js";
import { disposeUnreferenced } from "../step/train-state.js";
import { trainStep } from "../step/train-step.js";
import { createStepProbe } from "./step-probe.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

const designer = toyDesigner();
const x_ND = toyBatch().x_ND;
const downstream = (params: Params): tf.Scalar => toyDownstream(params, x_ND);
const options = toyOptions({ updateEvery: 1 }, { clipNorm: 0.01 });
const start = () => toyStart({ trainable: ["w2"] });

it("gives the step's own pair and those of SGD on the same task; moves nothing, leaves nothing", async () => {
  const [state, batch] = [start(), toyBatch()];
  const before = numbersOf({ ...state.params, ...state.designerParams, ...state.optimizer.second });
  const count = tf.memory().numTensors;
  const found = (await createStepProbe(options, { downstream, rates: [0.1] }).measure(state, batch))!;
  expect(tf.memory().numTensors).toBe(count);
  expect(numbersOf({ ...state.params, ...state.designerParams, ...state.optimizer.second })).toEqual(before);

  const { state: next } = await trainStep(state, batch, options);
  const alone = await probe({ downstream, before: state.params, after: { w2: next.params["w2"]! } });
  expect(found.taken).toEqual(alone);
  // the average of feedback is its first gradient here
  const moved = { w2: next.params["w2"]!.sub(state.params["w2"]!) };
  expect(found.byFeedback).toBeCloseTo(-innerProduct(next.feedbackEma, moved).dataSync()[0]!, 6);

  const view = toyPrediction(state.params, batch);
  // The same task by hand: the designer after its update, on the learner's predictions.
  const gradient = gradientOf(
    (params) =>
      toyLearner.loss({ ...state.params, ...params }, batch, () =>
        designer.design(next.designerParams, batch, { prediction_NE: view }),
      ),
    state.params,
    ["w2"],
  );
  const after = { w2: state.params["w2"]!.sub(gradient["w2"]!.mul(0.1)) };
  const byHand = await probe({ downstream, before: state.params, after });
  expect(found.rates[0]!.predicted).toBeCloseTo(byHand.predicted, 6);
  expect(found.rates[0]!.realised).toBeCloseTo(byHand.realised, 6);
  disposeUnreferenced(next, state);
});

it("says nothing of a step that would be skipped", async () => {
  const broken = { ...toyBatch(), y_NE: tf.fill<tf.Rank.R2>([6, 2], NaN) };
  expect(await createStepProbe(options, { downstream, rates: [0.1] }).measure(start(), broken)).toBeUndefined();
});

it("takes a step as trainStep does, and probes it in passing", async () => {
  const [state, batch] = [start(), toyBatch()];
  const probing = createStepProbe(options, { downstream, rates: [0.1] });
  const at = await probing.measure(state, batch);
  const { state: next, metrics } = await trainStep(state, batch, options);
  const count = tf.memory().numTensors;
  const stepped = await probing.takeStep(state, batch);
  expect(stepped.probed).toEqual(at);
  expect(stepped.metrics).toEqual(metrics);
  expect(numbersOf({ ...stepped.state.params, ...stepped.state.designerParams })).toEqual(
    numbersOf({ ...next.params, ...next.designerParams }),
  );
  disposeUnreferenced(stepped.state, state);
  expect(tf.memory().numTensors).toBe(count);
});

it("shows the tensors of each probed step, and frees them afterwards", async () => {
  const [state, batch] = [start(), toyBatch()];
  const seen: { after: ReturnType<typeof numbersOf>; value: number; names: string[] }[] = [];
  const held: tf.Tensor[] = [];
  const probing = createStepProbe(options, {
    downstream,
    rates: [0.1],
    inspect: async ({ state: from, after, pretraining, downstream: slope }) => {
      expect(from).toBe(state);
      const value = tf.tidy(() => tf.sum(tf.mul(slope["w2"]!, pretraining["w2"]!)));
      seen.push({ after: numbersOf(after), value: (await value.data())[0]!, names: Object.keys(pretraining) });
      held.push(pretraining["w2"]!, slope["w2"]!);
      value.dispose();
    },
  });
  const count = tf.memory().numTensors;
  const { rates } = (await probing.measure(state, batch))!;
  expect(tf.memory().numTensors).toBe(count);
  expect(held.every(({ isDisposed }) => isDisposed)).toBe(true);
  expect(seen).toHaveLength(1);
  expect(seen[0]!.names).toEqual(["w2"]);
  expect(0.1 * seen[0]!.value).toBeCloseTo(rates[0]!.predicted, 6); // ηV
  const { state: next } = await trainStep(state, batch, options);
  expect(seen[0]!.after).toEqual(numbersOf({ w2: next.params["w2"]! }));
  disposeUnreferenced(next, state);
});
