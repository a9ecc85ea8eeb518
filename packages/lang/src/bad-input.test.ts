// What is asked for by mistake gets one clear error, not a wrong number.
import * as tf from "@tensorflow/tfjs";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { candidateIds } from "./candidates.js";
import { fixedTargetDesigner } from "./designers/fixed-target.js";
import { oracleDesigner } from "./designers/oracle.js";
import { tiltDesigner } from "./designers/tilt.js";
import { topKDesigner } from "./designers/top-k.js";
import type { Example } from "./language-batch.js";
import { lmFeedback } from "./lm-feedback.js";
import { randomExamples, tinyConfig } from "./testing/tiny-language.js";

beforeAll(async () => void (await tf.setBackend("cpu")));
beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const [row] = randomExamples(1) as [Example];
const feedback = (...examples: Example[]) => lmFeedback(tinyConfig, { examples });

describe("feedback", () => {
  it("that is empty", () => expect(() => feedback()).toThrow(/no feedback examples/));
  it("in which nothing counts", () => {
    const silent = { ...row, lossMask: new Uint8Array(8) };
    expect(() => feedback(silent, silent)).toThrow(/none of 2 examples has a counted token/);
    expect(() => feedback(silent, row)).not.toThrow();
  });
  it("with a label out of range", () => {
    expect(() => feedback(row, { ...row, labels: row.labels.with(3, 23) })).toThrow(
      /example 1 holds id 23, outside the model's 23/,
    );
    expect(() => feedback({ ...row, labels: row.labels.with(3, -100) })).toThrow(/holds id -100/);
    expect(() => feedback({ ...row, ids: row.ids.with(0, 99) })).toThrow(/holds id 99/);
  });
  it("whose parts have different lengths", () => {
    expect(() => feedback({ ...row, labels: row.labels.subarray(1) })).toThrow(/example 0 has 8 ids, 7 labels/);
  });
});

describe("a target", () => {
  it.each([-0.1, 1.1, NaN])("with a share of %s", (gate) => {
    expect(() => topKDesigner({ embeddingSize: 16, maxGate: gate })).toThrow(/maxGate .*between 0 and 1/);
    expect(() => tiltDesigner({ gate })).toThrow(/tiltDesigner: gate .*between 0 and 1/);
    expect(() => oracleDesigner({ maxGate: gate })).toThrow(/oracleDesigner: maxGate .*between 0 and 1/);
    expect(() => fixedTargetDesigner({ proposal: "uniform", gate })).toThrow(
      /fixedTargetDesigner: gate .*between 0 and 1/,
    );
  });
  it("with more candidates than there are tokens", () => {
    const [logits_NV, labels_N] = [tf.zeros<tf.Rank.R2>([2, 23]), tf.tensor1d([1, 2], "int32")];
    expect(() => candidateIds(logits_NV, labels_N, { count: 24 })).toThrow(/24 of a vocabulary of 23/);
    expect(() => candidateIds(logits_NV, labels_N, { count: 21, vocabularySize: 20 })).toThrow(
      /21 of a vocabulary of 20/,
    );
    expect(() => candidateIds(logits_NV, labels_N, { count: 0 })).toThrow(/expected a number between 1 and 23/);
    expect(candidateIds(logits_NV, labels_N, { count: 23 }).shape).toEqual([2, 23]);
  });
});
