import * as tf from "@tensorflow/tfjs";
import { pick, randomFromSeed, VptError } from "@vpt/core";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { causalLearner, lossLogits, nextTokenTask, type LanguageView } from "./causal-learner.js";
import { nextTokenDesigner } from "./designers/next-token.js";
import { collate } from "./language-batch.js";
import { decoderLogits, lastBlockParameters } from "./model/index.js";
import { at, gradientOf, listOf, logSoftmax, numbersOf, relativeError, rowsOf } from "./testing/numbers.js";
import { randomExamples, tinyConfig, tinyParams } from "./testing/tiny-language.js";

beforeAll(async () => void (await tf.setBackend("cpu")));
beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const learner = causalLearner(tinyConfig);
const tail = lastBlockParameters(tinyConfig, 1);
const given = () => ({ params: tinyParams(0), batch: collate(randomExamples(3), { padToMultiple: 4 }) });

describe("causalLearner", () => {
  it("is the weighted next-token loss of the whole model's logits, in float64", () => {
    const { params, batch } = given();
    const logits = rowsOf(decoderLogits(tinyConfig, params, batch.ids_BT).reshape([-1, tinyConfig.vocabSize]));
    const [positions, next, weights] = [batch.lossPositions_N, batch.labels_N, batch.weight_N].map(listOf) as [
      number[],
      number[],
      number[],
    ];
    const expected = positions.reduce((loss, at, n) => loss - weights[n]! * logSoftmax(logits[at]!)[next[n]!]!, 0);
    expect(at(learner.loss(params, batch, () => nextTokenTask(batch)))).toBeCloseTo(expected, 5);
  });

  it("asks for the task once, with constants", () => {
    const { params, batch } = given();
    let calls = 0;
    const leak = (view: LanguageView): tf.Tensor =>
      view.logits_NV.square().mean().add(view.embedding_VD.square().mean());
    const loss = (moved: typeof params, extra: boolean): tf.Scalar => {
      let seen: tf.Tensor = tf.scalar(0);
      const value = learner.loss({ ...params, ...moved }, batch, (view) => {
        calls++;
        if (extra) seen = tf.keep(leak(view));
        return nextTokenTask(batch);
      });
      return value.add(seen) as tf.Scalar;
    };
    const moving = pick(params, ["model.embed_tokens.weight", "model.norm.weight"]);
    expect(numbersOf(gradientOf((moved) => loss(moved, true), moving))).toEqual(
      numbersOf(gradientOf((moved) => loss(moved, false), moving)),
    );
    expect(calls).toBe(2);
  });

  it("gives the same loss and tail gradient from its prefix", () => {
    const { params, batch } = given();
    const started = learner.cacheFrozenActivations!(params, batch, tail);
    expect(started.from).toBe(1);
    const lossFrom =
      (from: typeof batch) =>
      (moved: typeof params): tf.Scalar =>
        learner.loss({ ...params, ...moved }, from, () => nextTokenTask(batch));
    expect(at(lossFrom(started)({}))).toBe(at(lossFrom(batch)({})));
    const gradient = (from: typeof batch) => gradientOf(lossFrom(from), pick(params, tail));
    expect(relativeError(gradient(started), gradient(batch))).toBeLessThan(1e-6);
  });

  it("keeps a batch that already starts there, and refuses one that starts too late", () => {
    const { params, batch } = given();
    const started = learner.cacheFrozenActivations!(params, batch, tail);
    expect(learner.cacheFrozenActivations!(params, started, tail)).toBe(started);
    expect(learner.cacheFrozenActivations!(params, batch, ["model.embed_tokens.weight"])).toBe(batch);
    expect(() => learner.cacheFrozenActivations!(params, started, ["model.layers.0.mlp.up_proj.weight"])).toThrow(
      VptError,
    );
    expect(learner.cacheFrozenActivations!(params, started, ["model.norm.weight"]).from).toBe(2);
  });

  it("packed texts with a mask between them are the texts alone, in loss and tail gradient", () => {
    const { params } = given();
    const texts = [5, 9, 4].map((tokens, i) => randomExamples(1, randomFromSeed(i), tokens)[0]!);
    const joined = <Name extends "ids" | "labels" | "lossMask">(name: Name): number[] =>
      texts.flatMap((row) => [...row[name]]);
    const packed = {
      ids: Int32Array.from(joined("ids")),
      labels: Int32Array.from(joined("labels")),
      lossMask: Uint8Array.from(joined("lossMask")),
      document: Int32Array.from(texts.flatMap(({ ids }, i) => [...ids].map(() => i + 1))),
    };
    const { document: _, ...open } = packed;
    const of = (rows: Parameters<typeof collate>[0]) => {
      const batch = collate(rows, { padToMultiple: 4 });
      const loss = (moved: typeof params) => learner.loss({ ...params, ...moved }, batch, () => nextTokenTask(batch));
      return { loss: at(loss({})), gradient: gradientOf(loss, pick(params, tail)) };
    };
    const [one, alone, seen] = [of([packed]), of(texts), of([open])];
    expect(one.loss).toBeCloseTo(alone.loss, 5);
    expect(relativeError(one.gradient, alone.gradient)).toBeLessThan(1e-5);
    expect(Math.abs(seen.loss - alone.loss)).toBeGreaterThan(1e-3);
  });

  it("leaves only its results behind", () => {
    const { params, batch } = given();
    const before = tf.memory().numTensors;
    const logits = lossLogits(tinyConfig, params, batch);
    expect(tf.memory().numTensors).toBe(before + 1);
    const loss = learner.loss(params, batch, () => nextTokenTask(batch));
    expect(tf.memory().numTensors).toBe(before + 2);
    const { hidden_BTD } = learner.cacheFrozenActivations!(params, batch, tail);
    expect(tf.memory().numTensors).toBe(before + 3);
    tf.dispose([logits, loss, hidden_BTD!]);
  });
});

describe("nextTokenDesigner", () => {
  it("has no parameters, and all mass on the true next token", () => {
    const { batch } = given();
    const designer = nextTokenDesigner();
    expect(designer.init(0)).toEqual({});
    const view = {} as LanguageView;
    for (const task of [designer.design({}, batch, view), designer.baselineTask(batch, view)]) {
      expect(listOf(task["ids_NK"]!)).toEqual(listOf(batch.labels_N));
      expect(new Set(listOf(task["probs_NK"]!))).toEqual(new Set([1]));
    }
  });
});
