import * as tf from "@tensorflow/tfjs";
import type { AllReduce, Params } from "@vpt/core";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { languageView } from "../causal-learner.js";
import { collate } from "../language-batch.js";
import { rowsOf } from "../testing/numbers.js";
import { randomExamples, tinyConfig, tinyParams } from "../testing/tiny-language.js";
import { tangentDesigner } from "./tangent.js";
import { tiltDesigner } from "./tilt.js";

beforeAll(async () => void (await tf.setBackend("cpu")));
beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const width = tinyConfig.hiddenSize;
const alone: AllReduce = (tensors) => tensors;
const shape = { candidates: 6, gate: 0.4, strength: 1.3 };
const designer = tangentDesigner({ embeddingSize: width, ridge: 1e-3, ...shape });

/** Rows of a batch, and a derivative of them that is linear in the rows. */
function given(seed: number, slope_DD: tf.Tensor2D = tf.eye(width).mul(0.5) as tf.Tensor2D) {
  const params = tinyParams(seed);
  const batch = collate(randomExamples(6), { padToMultiple: 4 });
  const view = languageView(tinyConfig, params, batch);
  const tangent = { rows_ND: tf.matMul(view.rows_ND, slope_DD).add(0.2) as tf.Tensor };
  const sample = { batch, features: { rows_ND: view.rows_ND }, tangent, allReduce: alone };
  return { batch, view, tangent, sample: (cosine: number) => ({ ...sample, directionCosine: tf.scalar(cosine) }) };
}

/** Solves `(G + λI) w = b` by Gaussian elimination in float64. */
function solve(gram: number[][], cross: number[][], damping: number): number[][] {
  const n = gram.length;
  const rows = gram.map((row, i) => [...row.map((x, j) => x + (i === j ? damping : 0)), ...cross[i]!]);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      if (i === j) continue;
      const share = rows[j]![i]! / rows[i]![i]!;
      rows[j] = rows[j]!.map((x, k) => x - share * rows[i]![k]!);
    }
  return rows.map((row, i) => row.slice(n).map((x) => x / row[i]!));
}

describe("tangentDesigner", () => {
  it("starts at the learner's own prediction", () => {
    const { batch, view } = given(0);
    const own = tiltDesigner(shape).design({}, batch, view);
    const task = designer.design(designer.init(0), batch, view);
    expect(rowsOf(task["probs_NK"]!.sub(own["probs_NK"]!).abs().max(0, true))[0]!.every((x) => x < 1e-6)).toBe(true);
  });

  it("gives the tilt's target on every batch once it has seen a derivative that is linear in the rows", () => {
    const first = given(0);
    const learned = designer.learn!.update(designer.init(0), first.sample(1));
    const next = given(0);
    const ahead = { rows_ND: next.view.rows_ND.sub(next.tangent.rows_ND.mul(shape.strength)) };
    const [exact, predicted] = [
      tiltDesigner(shape).design({}, next.batch, next.view, ahead),
      designer.design(learned, next.batch, next.view),
    ];
    expect(predicted["probs_NK"]!.sub(exact["probs_NK"]!).abs().max().dataSync()[0]).toBeLessThan(5e-3);
  });

  it("is the ridge solution of its statistics, in float64; what was learned counts ρ/(ρ + 1 − cos²)", () => {
    const strong = tangentDesigner({ embeddingSize: width, ridge: 0.5, unexplained: 0.05, ...shape });
    const { update } = strong.learn!;
    const once = update(strong.init(0), given(0).sample(1));
    const other = given(1, tf.randomNormal([width, width], 0, 0.3, "float32", 3) as tf.Tensor2D);
    const twice = update(once, other.sample(0.6));
    const fresh = update(
      { ...once, gram: tf.zerosLike(once["gram"]!), cross: tf.zerosLike(once["cross"]!) },
      other.sample(1),
    );
    const kept = 0.05 / (0.05 + 1 - 0.36);
    const mixed = (name: "gram" | "cross"): number[][] => {
      const [old, added] = [rowsOf(once[name]!), rowsOf(fresh[name]!)];
      return old.map((row, i) => row.map((x, j) => kept * x + added[i]![j]!));
    };
    const counted = other.batch.weight_N.greater(0).sum().dataSync()[0]!;
    const expected = solve(mixed("gram"), mixed("cross"), 0.5 * counted);
    rowsOf(twice["map"]!).forEach((row, i) => row.forEach((x, j) => expect(x).toBeCloseTo(expected[i]![j]!, 3)));
  });

  it("standardises by the first batch and holds that", () => {
    const { update } = designer.learn!;
    const once = update(designer.init(0), given(0).sample(1));
    const twice = update(once, given(5).sample(1));
    for (const name of ["center", "scale"] as const)
      expect(Array.from(twice[name]!.dataSync())).toEqual(Array.from(once[name]!.dataSync()));
    const { view, batch } = given(0);
    const counted = rowsOf(view.rows_ND).filter((_, n) => batch.weight_N.dataSync()[n]! > 0);
    const mean = counted.reduce((total, row) => total + row[0]!, 0) / counted.length;
    expect(once["center"]!.dataSync()[0]).toBeCloseTo(mean, 5);
  });

  it("averages its statistics over processes: two halves learn what the whole learns", () => {
    const seen: Params[] = [];
    const { sample } = given(0);
    designer.learn!.update(designer.init(0), {
      ...sample(1),
      allReduce: (tensors) => (seen.push(tensors), tensors),
    });
    expect(seen.flatMap((tensors) => Object.keys(tensors)).sort()).toEqual(
      ["center", "count", "cross", "gram", "variance"].sort(),
    );
  });

  it("refuses a gate that is no share", () => {
    expect(() => tangentDesigner({ embeddingSize: 4, gate: 1.5 })).toThrow(/tangentDesigner: gate 1.5; expected/);
  });
});
