import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { adamW } from "../optim/adam-w.js";
import { ShapeMismatchError, VptError } from "@vpt/contracts";
import { numbersOf, toyDesigner, toyParams } from "../testing/toy.js";
import {
  createTrainState,
  disposeUnreferenced,
  packTrainState,
  unpackTrainState,
  type TrainState,
} from "./train-state.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

const create = (trainable?: readonly string[]): TrainState =>
  createTrainState({
    params: toyParams(),
    designerParams: toyDesigner().init(0),
    optimizer: adamW(),
    seed: 3,
    ...(trainable && { trainable }),
  });

describe("a train state", () => {
  it("starts with zero moments for what is trained, and a stream of its own", () => {
    const state = create(["w2"]);
    expect(Object.keys(state.optimizer.first)).toEqual(["w2"]);
    expect(Object.keys(state.designerOptimizer.second)).toEqual(["scale", "shift"]);
    expect(state).toMatchObject({ step: 0, feedbackEma: {}, counters: { meta: 0, skippedMeta: 0, skippedStep: 0 } });
    expect(state.random).toEqual(create().random);
    expect(() => create(["w9"])).toThrow('parameter "w9"');
  });

  it("packs its own tensors by group and JSON that survives a file, and unpacks to the same", () => {
    const state = {
      ...create(["w2"]),
      step: 5,
      feedbackEma: { w2: tf.ones([4, 2]) },
      auxiliary: { centre: { centre: tf.ones([2]) } },
    };
    const { tensors, json } = packTrainState(state);
    expect(Object.keys(tensors).sort()).toEqual([
      "auxiliary.centre/centre",
      "designer/scale",
      "designer/shift",
      "designerOptimizer.first/scale",
      "designerOptimizer.first/shift",
      "designerOptimizer.second/scale",
      "designerOptimizer.second/shift",
      "feedbackEma/w2",
      "optimizer.first/w2",
      "optimizer.second/w2",
      "params/w2",
    ]);
    const back = unpackTrainState({ tensors, json: JSON.parse(JSON.stringify(json)) as typeof json }, state.params);
    expect(back).toEqual(state);
    expect(back.params["w1"]).toBe(state.params["w1"]);
  });

  it("refuses a model that it does not belong to", () => {
    const state = create();
    const packed = packTrainState(state);
    expect(() => unpackTrainState(packed, { w1: state.params["w1"]! })).toThrow(VptError);
    expect(() => unpackTrainState(packed, { ...state.params, w2: tf.zeros([1]) })).toThrow(ShapeMismatchError);
  });

  it("frees what the next does not hold, once", () => {
    const state = create();
    const next: TrainState = { ...state, params: { ...state.params, w2: tf.zeros([4, 2]) } };
    const before = tf.memory().numTensors;
    disposeUnreferenced(state, next);
    expect(tf.memory().numTensors).toBe(before - 1);
    disposeUnreferenced(state, state);
    expect(tf.memory().numTensors).toBe(before - 1);
    expect(Object.keys(numbersOf(next.params))).toEqual(["w1", "w2"]);
    disposeUnreferenced(next, { w1: next.params["w1"]! }, { w2: next.params["w2"]! });
    expect(numbersOf(next.params)["w1"]).toHaveLength(12);
    disposeUnreferenced(next);
    expect(next.params["w1"]!.isDisposed).toBe(true);
  });
});
