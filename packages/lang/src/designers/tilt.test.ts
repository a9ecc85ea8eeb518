import * as tf from "@tensorflow/tfjs";
import { randomFromSeed } from "@vpt/core";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { lossLogits } from "../causal-learner.js";
import { collate } from "../language-batch.js";
import { dot, rowsOf, listOf, softmax, sum } from "../testing/numbers.js";
import { randomExamples, tinyConfig, tinyParams } from "../testing/tiny-language.js";
import { tiltDesigner } from "./tilt.js";

beforeAll(async () => void (await tf.setBackend("cpu")));
beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const [candidates, gate, strength] = [6, 0.4, 1.7];
const designer = tiltDesigner({ candidates, gate, strength });

/** The tilt target of a batch under random values c, with what it was made from. */
function tilted() {
  const random = randomFromSeed(1, "tilt");
  const params = tinyParams(0);
  const batch = collate(randomExamples(3), { padToMultiple: 4 });
  const view = {
    logits_NV: lossLogits(tinyConfig, params, batch),
    embedding_VD: params["model.embed_tokens.weight"] as tf.Tensor2D,
  };
  const reference = designer.design({}, batch, view);
  const weights = listOf(batch.weight_N);
  const change = weights.map(() => Array.from({ length: candidates }, () => 2 * random.normal()));
  const cotangent = { probs_NK: tf.tensor2d(change.map((row, n) => row.map((c) => c * weights[n]!))) };
  return { batch, view, reference, weights, change, target: designer.closedFormTask!(cotangent, reference, batch) };
}

describe("tiltDesigner", () => {
  it("refers to the learner's own distribution on the candidates", () => {
    const { view, reference } = tilted();
    const [ids, logits] = [rowsOf(reference["ids_NK"]!), rowsOf(view.logits_NV)];
    rowsOf(reference["probs_NK"]!).forEach((row, n) => {
      const expected = softmax(ids[n]!.map((id) => logits[n]![id]!));
      row.forEach((p, k) => expect(p).toBeCloseTo(expected[k]!, 5));
    });
  });

  it("is r ∝ p·exp(ε·c) mixed with the truth, in float64; p itself on padding", () => {
    const { reference, weights, change, target } = tilted();
    const prior = rowsOf(reference["probs_NK"]!);
    expect(weights).toContain(0);
    rowsOf(target["probs_NK"]!).forEach((row, n) => {
      const scores = prior[n]!.map((p, k) => Math.log(p) + (weights[n] === 0 ? 0 : strength * change[n]![k]!));
      softmax(scores).forEach((r, k) => expect(row[k]).toBeCloseTo((k === 0 ? 1 - gate : 0) + gate * r, 5));
      expect(sum(row)).toBeCloseTo(1, 6);
    });
    expect(listOf(target["ids_NK"]!)).toEqual(listOf(reference["ids_NK"]!));
  });

  it("is the maximiser of ε·E_r[c] − KL(r ‖ p): no other distribution beats it", () => {
    const { reference, weights, change, target } = tilted();
    const random = randomFromSeed(2, "others");
    const [prior, best] = [rowsOf(reference["probs_NK"]!), rowsOf(target["proposal_NK"]!)];
    const score = (r: readonly number[], n: number): number =>
      strength * dot(r, change[n]!) - sum(r.map((x, k) => (x === 0 ? 0 : x * Math.log(x / prior[n]![k]!))));
    best.forEach((row, n) => {
      if (weights[n] === 0) return;
      for (const size of [0.01, 0.1, 1, 5]) {
        for (let i = 0; i < 10; i++) {
          const other = softmax(row.map((r) => Math.log(r) + size * random.normal()));
          expect(score(other, n)).toBeLessThan(score(row, n) + 1e-6); // float32 in the target
        }
      }
    });
  });

  it("with strength 0 is self-distillation, with gate 0 the one-hot", () => {
    const { reference, batch } = tilted();
    const cotangent = { probs_NK: tf.ones([listOf(batch.weight_N).length, candidates]) };
    const still = tiltDesigner({ candidates, strength: 0 }).closedFormTask!(cotangent, reference, batch);
    listOf(still["proposal_NK"]!).forEach((r, i) => expect(r).toBeCloseTo(listOf(reference["probs_NK"]!)[i]!, 6));
    const plain = tiltDesigner({ candidates, gate: 0 }).closedFormTask!(cotangent, reference, batch);
    for (const row of rowsOf(plain["probs_NK"]!)) expect(row).toEqual([1, 0, 0, 0, 0, 0]);
  });

  it("has no parameters, and tells of its target", () => {
    const { batch, target } = tilted();
    expect(designer.init(0)).toEqual({});
    expect(listOf(designer.metrics!(target, batch)["gate"]!)[0]).toBeCloseTo(gate, 6);
  });
});
