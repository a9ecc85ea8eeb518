import { jvp } from "@vpt/autodiff";
import * as tf from "@tensorflow/tfjs";
import { globalNorm, mapParams, pick, randomFromSeed, valueGradient, type Features, type Params } from "@vpt/core";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { causalLearner, languageView } from "../causal-learner.js";
import { collate } from "../language-batch.js";
import { lmFeedback } from "../lm-feedback.js";
import { lastBlockParameters } from "../model/index.js";
import { dot, listOf, rowsOf, softmax, sum } from "../testing/numbers.js";
import { randomExamples, tinyConfig, tinyParams } from "../testing/tiny-language.js";
import { tiltDesigner } from "./tilt.js";

beforeAll(async () => void (await tf.setBackend("cpu")));
beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const [candidates, gate, strength] = [6, 0.4, 1.7];
const designer = tiltDesigner({ candidates, gate, strength });
const learner = causalLearner(tinyConfig);

/** A batch and a unit direction of feedback over `subset`. */
function given(subset: readonly string[] = lastBlockParameters(tinyConfig, 1)) {
  const params = tinyParams(0);
  const batch = collate(randomExamples(3), { padToMultiple: 4 });
  const random = randomFromSeed(1, "tilt");
  const g = lmFeedback(tinyConfig, { examples: randomExamples(4, random) }).gradient(params, subset, random) as Params;
  const direction = mapParams(g, (tensor) => tensor.div(globalNorm(g)));
  return { params, batch, direction, view: languageView(tinyConfig, params, batch) };
}

/** The target, read off `h − ε·ḣ`, with c from the value gradient: another way to the same derivative. */
function tilted(subset?: readonly string[]) {
  const { params, batch, direction, view } = given(subset);
  const names = Object.keys(direction);
  const { value, tangent } = jvp(
    (moved: Params) => learner.features!({ ...params, ...moved }, batch, names),
    pick(params, names),
    direction,
  );
  const ahead: Features = mapParams(value, (h, name) => h.sub(tangent[name]!.mul(strength)));
  const reference = designer.design({}, batch, view);
  const { cotangent } = valueGradient({ learner, designer, params, designerParams: {}, batch, direction });
  const weights = listOf(batch.weight_N);
  const change = rowsOf(cotangent["probs_NK"]!).map((row, n) =>
    row.map((c) => (weights[n] === 0 ? 0 : c / weights[n]!)),
  );
  return { batch, view, reference, weights, change, target: designer.design({}, batch, view, ahead) };
}

describe("tiltDesigner", () => {
  it("refers to the learner's own distribution on the candidates", () => {
    const { view, reference } = tilted();
    const [ids, logits] = [rowsOf(reference["ids_NK"]!), rowsOf(view.logits_NV)];
    rowsOf(reference["proposal_NK"]!).forEach((row, n) => {
      const expected = softmax(ids[n]!.map((id) => logits[n]![id]!));
      row.forEach((p, k) => expect(p).toBeCloseTo(expected[k]!, 5));
    });
  });

  it.each([
    ["the last block", undefined],
    ["every block", lastBlockParameters(tinyConfig, tinyConfig.layers)],
  ])("is r ∝ p·exp(ε·c) mixed with the truth, c the value's gradient over %s", (_, subset) => {
    const { reference, weights, change, target } = tilted(subset);
    const prior = rowsOf(reference["proposal_NK"]!);
    rowsOf(target["probs_NK"]!).forEach((row, n) => {
      if (weights[n] === 0) return;
      const scores = prior[n]!.map((p, k) => Math.log(p) + strength * change[n]![k]!);
      softmax(scores).forEach((r, k) => expect(row[k]).toBeCloseTo((k === 0 ? 1 - gate : 0) + gate * r, 4));
      expect(sum(row)).toBeCloseTo(1, 6);
    });
    expect(listOf(target["ids_NK"]!)).toEqual(listOf(reference["ids_NK"]!));
  });

  it("is the maximiser of ε·E_r[c] − KL(r ‖ p): no other distribution beats it", () => {
    const { reference, weights, change, target } = tilted();
    const random = randomFromSeed(2, "others");
    const [prior, best] = [rowsOf(reference["proposal_NK"]!), rowsOf(target["proposal_NK"]!)];
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

  it("anchored, is the moved learner's own prediction, and the tilt to first order", () => {
    const { params, batch, direction, view } = given();
    const names = Object.keys(direction);
    const at = (step: number) => {
      const moved = mapParams(direction, (d, name) => params[name]!.sub(d.mul(step)));
      const ahead = learner.features!({ ...params, ...moved }, batch, names);
      return { moved, target: designer.design({}, batch, view, ahead) };
    };
    const { moved, target } = at(strength);
    const logits = rowsOf(languageView(tinyConfig, { ...params, ...moved }, batch).logits_NV);
    const ids = rowsOf(target["ids_NK"]!);
    rowsOf(target["proposal_NK"]!).forEach((row, n) =>
      softmax(ids[n]!.map((id) => logits[n]![id]!)).forEach((r, k) => expect(row[k]).toBeCloseTo(r, 5)),
    );
    const { tangent, value } = jvp(
      (now: Params) => learner.features!({ ...params, ...now }, batch, names),
      pick(params, names),
      direction,
    );
    const distance = (step: number): number => {
      const ahead = mapParams(value, (h, name) => h.sub(tangent[name]!.mul(step)));
      const linear = designer.design({}, batch, view, ahead)["proposal_NK"]!;
      return at(step).target["proposal_NK"]!.sub(linear).abs().max().dataSync()[0]!;
    };
    expect(distance(0.2) / distance(0.1)).toBeGreaterThan(3); // second order: 4
    expect(distance(0.2) / distance(0.1)).toBeLessThan(5);
  });

  it("leaves the prior alone at gate 1 and strength 0, and is the one-hot at gate 0", () => {
    const { params, batch, view } = given();
    const here = learner.features!(params, batch, []);
    const still = tiltDesigner({ candidates, gate: 1 }).design({}, batch, view, here);
    const prior = rowsOf(designer.design({}, batch, view)["proposal_NK"]!);
    rowsOf(still["probs_NK"]!).forEach((row, n) => row.forEach((q, k) => expect(q).toBeCloseTo(prior[n]![k]!, 5)));
    const plain = tiltDesigner({ candidates, gate: 0 }).design({}, batch, view, here);
    expect(rowsOf(plain["probs_NK"]!)).toEqual(prior.map((row) => row.map((_, k) => (k === 0 ? 1 : 0))));
  });

  it("asks for the features that its target is read off", () => {
    expect(designer.lookahead).toEqual({ stepSize: strength, anchored: false });
    expect(tiltDesigner({ strength: 2, anchored: true }).lookahead).toEqual({ stepSize: 2, anchored: true });
  });
});
