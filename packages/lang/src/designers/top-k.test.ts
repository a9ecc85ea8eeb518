import * as tf from "@tensorflow/tfjs";
import { VptError, type Params } from "@vpt/core";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { languageView, type LanguageView } from "../causal-learner.js";
import { collate, type Example, type LanguageBatch } from "../language-batch.js";
import { at, gradientOf, listOf, rowsOf, softmax, sum } from "../testing/numbers.js";
import { randomExamples, tinyConfig, tinyParams } from "../testing/tiny-language.js";
import { topKDesigner, type TopKOptions } from "./top-k.js";

beforeAll(async () => void (await tf.setBackend("cpu")));
beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const small = { embeddingSize: tinyConfig.hiddenSize, layers: 1, width: 16, heads: 2, candidates: 5 };
const make = (options: Partial<TopKOptions> = {}) => topKDesigner({ ...small, ...options });

function given(examples: readonly Example[] = randomExamples(3)): { batch: LanguageBatch; view: LanguageView } {
  const params = tinyParams(0);
  const batch = collate(examples, { padToMultiple: 4 });
  return { batch, view: languageView(tinyConfig, params, batch) };
}

/** Designer parameters far from their start. */
const loud = (params: Params): Params =>
  Object.fromEntries(
    Object.entries(params).map(([name, tensor], i) => [name, tf.randomNormal(tensor.shape, 0, 0.5, "float32", i)]),
  );

describe("topKDesigner", () => {
  it("makes rows that sum to 1, with y in slot 0 and α in (0, α_max)", () => {
    const { batch, view } = given();
    const designer = make({ maxGate: 0.8 });
    for (const params of [designer.init(0), loud(designer.init(0))]) {
      const task = designer.design(params, batch, view);
      for (const row of [...rowsOf(task["probs_NK"]!), ...rowsOf(task["proposal_NK"]!)]) {
        expect(Math.abs(sum(row) - 1)).toBeLessThan(1e-6);
        expect(Math.min(...row)).toBeGreaterThanOrEqual(0);
      }
      expect(rowsOf(task["ids_NK"]!).map(([y]) => y)).toEqual(listOf(batch.labels_N));
      for (const gate of listOf(task["gate_N"]!)) {
        expect(gate).toBeGreaterThan(0);
        expect(gate).toBeLessThan(0.8);
      }
    }
  });

  it.each([{}, { targetGate: 0.1 }, { maxGate: 0.5 }, { gate: "fixed", targetGate: 0.3 }] as Partial<TopKOptions>[])(
    "starts with the gate at its target and the proposal at the learner's distribution: %o",
    (options) => {
      const { batch, view } = given();
      const designer = make(options);
      const { gate_N, proposal_NK, ids_NK } = designer.design(designer.init(0), batch, view);
      const target = options.targetGate ?? (options.maxGate === undefined ? 0.5 : 0.4);
      for (const gate of listOf(gate_N!)) expect(gate).toBeCloseTo(target, 6);
      const logits = rowsOf(view.logits_NV);
      rowsOf(proposal_NK!).forEach((row, n) => {
        const learner = softmax(rowsOf(ids_NK!)[n]!.map((id) => logits[n]![id]!));
        row.forEach((r, k) => expect(Math.abs(r - learner[k]!)).toBeLessThan(0.02));
      });
    },
  );

  it("with tables of its own starts near the learner's distribution too, and reads no table of the learner's", () => {
    const { batch, view } = given();
    const designer = make({ embedding: "own", vocabularySize: tinyConfig.vocabSize });
    const params = designer.init(0);
    expect(params["candidates.weight"]!.shape).toEqual([tinyConfig.vocabSize, small.width]);
    const { proposal_NK, ids_NK } = designer.design(params, batch, view);
    const logits = rowsOf(view.logits_NV);
    rowsOf(proposal_NK!).forEach((row, n) => {
      const learner = softmax(rowsOf(ids_NK!)[n]!.map((id) => logits[n]![id]!));
      row.forEach((r, k) => expect(Math.abs(r - learner[k]!)).toBeLessThan(0.1));
    });
    const blind = { ...view, embedding_VD: tf.fill<tf.Rank.R2>(view.embedding_VD.shape, NaN) };
    expect(rowsOf(designer.design(params, batch, blind)["proposal_NK"]!)).toEqual(rowsOf(proposal_NK!));
    expect(() => make({ embedding: "own" })).toThrow(/needs vocabularySize/);
  });

  it("with no prior starts near uniform", () => {
    const { batch, view } = given();
    const designer = make({ prior: "none" });
    for (const r of listOf(designer.design(designer.init(0), batch, view)["proposal_NK"]!)) {
      expect(Math.abs(r - 1 / small.candidates)).toBeLessThan(0.02);
    }
  });

  it("is causal: a later token changes no earlier target, but the one it is the next token of", () => {
    const [row] = randomExamples(1) as [Example];
    const changed = 5;
    const all = { ...row, lossMask: new Uint8Array(8).fill(1), labels: Int32Array.from([...row.ids.subarray(1), 3]) };
    const other = {
      ...all,
      ids: all.ids.with(changed, (all.ids[changed]! + 1) % 23),
      labels: all.labels.with(changed - 1, (all.ids[changed]! + 1) % 23),
    };
    const designer = make();
    const params = loud(designer.init(0));
    const targets = [all, other].map((example) => {
      const { batch, view } = given([example]);
      const { probs_NK, ids_NK } = designer.design(params, batch, view);
      return rowsOf(tf.concat([probs_NK!, ids_NK!.cast("float32")], 1));
    }) as [number[][], number[][]];
    expect(targets[0].slice(0, changed - 1)).toEqual(targets[1].slice(0, changed - 1));
    for (let t = changed - 1; t < 8; t++) expect(targets[0][t]).not.toEqual(targets[1][t]);
  });

  it("is the one-hot exactly with maxGate 0", () => {
    const { batch, view } = given();
    const designer = make({ maxGate: 0 });
    for (const params of [designer.init(0), loud(designer.init(0))]) {
      for (const row of rowsOf(designer.design(params, batch, view)["probs_NK"]!)) expect(row).toEqual([1, 0, 0, 0, 0]);
    }
  });

  it("never chooses a padding row of the head", () => {
    const { batch, view } = given();
    const logits_NV = view.logits_NV.add(tf.range(0, 23).greaterEqual(20).cast("float32").mul(50)) as tf.Tensor2D;
    const real = { ...batch, labels_N: batch.labels_N.mod(tf.scalar(20, "int32")) as tf.Tensor1D };
    const designer = make({ vocabularySize: 20 });
    const { ids_NK } = designer.design(designer.init(0), real, { ...view, logits_NV });
    expect(Math.max(...listOf(ids_NK!))).toBeLessThan(20);
  });

  it("pays for divergence and for a gate off its budget, in float64", () => {
    const { batch, view } = given();
    const designer = make({ klWeight: 0.7, gatePenaltyWeight: 3, targetGate: 0.2 });
    const task = designer.design(loud(designer.init(0)), batch, view);
    const [gates, weights] = [listOf(task["gate_N"]!), listOf(batch.weight_N)];
    const [proposal, prior] = [rowsOf(task["proposal_NK"]!), rowsOf(task["logPrior_NK"]!)];
    const divergence = (n: number): number => sum(proposal[n]!.map((r, k) => r * (Math.log(r) - prior[n]![k]!)));
    const pulled = sum(gates.map((gate, n) => weights[n]! * gate * divergence(n)));
    const gate = sum(gates.map((g, n) => weights[n]! * g));
    expect(at(designer.penalty!(task, batch, view))).toBeCloseTo(0.7 * pulled + 3 * (gate - 0.2) ** 2, 5);
    const entropy = (n: number): number => -sum(proposal[n]!.map((r) => r * Math.log(r)));
    const bonus = sum(gates.map((g, n) => weights[n]! * g * entropy(n)));
    const lively = make({ klWeight: 0, entropyWeight: 0.3, gatePenaltyWeight: 0, targetGate: 0.2 });
    expect(at(lively.penalty!(task, batch, view))).toBeCloseTo(-0.3 * bonus, 5);
    const fixed = make({ klWeight: 0.7, gate: "fixed" });
    expect(at(fixed.penalty!(task, batch, view))).toBeCloseTo(0.7 * pulled, 5);
  });

  it("passes a gradient to every parameter", () => {
    const { batch, view } = given();
    const designer = make();
    const score = (params: Params): tf.Scalar =>
      designer.design(params, batch, view)["probs_NK"]!.square().sum() as tf.Scalar;
    const gradient = gradientOf(score, loud(designer.init(0)));
    for (const tensor of Object.values(gradient)) expect(at(tensor.abs().max())).toBeGreaterThan(0);
  });

  it("repeats for a seed and differs by it", () => {
    const first = (seed: number): number[] => listOf(make().init(seed)["score.weight"]!);
    expect(first(1)).toEqual(first(1));
    expect(first(1)).not.toEqual(first(2));
  });

  it("refuses an α_max that is no share", () => {
    for (const maxGate of [-0.1, 1.1, NaN])
      expect(() => make({ maxGate })).toThrow(/maxGate .*; expected a number between 0 and 1/);
  });

  it("refuses a gate that cannot start at its target", () => {
    for (const targetGate of [0, 0.5, 0.9, NaN]) {
      expect(() => make({ maxGate: 0.5, targetGate })).toThrow(VptError);
    }
    expect(() => make({ maxGate: 0.5, targetGate: 0.2, initialGate: 0.5 })).toThrow(
      /initialGate 0.5 must lie between 0 and/,
    );
    expect(() => make({ maxGate: 0.5, targetGate: 0.9 })).toThrow("must lie between 0 and maxGate 0.5");
    expect(listOf(make({ maxGate: 0.5, targetGate: 0.9, gate: "fixed" }).init(0)["gate.bias"]!)).toEqual([0]);
  });
});
