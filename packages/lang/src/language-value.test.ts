// The value gradient on a transformer: four ways to compute it, and what it means.
import { installSafeGradients, safeLogSoftmax } from "@vpt/autodiff/testing";
import * as tf from "@tensorflow/tfjs";
import {
  innerProduct,
  pick,
  randomFromSeed,
  valueGradient,
  type Designer,
  type Learner,
  type Params,
  type Task,
  type ValueInputs,
} from "@vpt/core";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { causalLearner, languageView, lossLogits, type LanguageView } from "./causal-learner.js";
import { nextTokenDesigner } from "./designers/next-token.js";
import { tiltDesigner } from "./designers/tilt.js";
import { topKDesigner, type TopKOptions } from "./designers/top-k.js";
import { collate, type LanguageBatch } from "./language-batch.js";
import { lmFeedback } from "./lm-feedback.js";
import { decoderNames, lastBlockParameters } from "./model/index.js";
import { at, gradientOf, listOf, relativeError, rowsOf } from "./testing/numbers.js";
import { randomExamples, tinyConfig, tinyParams } from "./testing/tiny-language.js";

beforeAll(async () => void (await tf.setBackend("cpu")));
beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

type Inputs = ValueInputs<LanguageBatch, LanguageView>;

const learner = causalLearner(tinyConfig);
const plainLearner: Learner<LanguageBatch, LanguageView> = { loss: learner.loss };
const make = (options: Partial<TopKOptions> = {}): Designer<LanguageBatch, LanguageView> =>
  topKDesigner({ embeddingSize: tinyConfig.hiddenSize, layers: 1, width: 8, heads: 2, candidates: 5, ...options });
const free = make({ gatePenaltyWeight: 0, klWeight: 0 });
const tail = lastBlockParameters(tinyConfig, 1);

/** Random weights, data and feedback; designer weights away from their start. */
function inputs(seed: number, designer = free, subset: readonly string[] = tail): Inputs {
  const params = tinyParams(seed);
  const random = randomFromSeed(seed, "value test");
  const collated = { padToMultiple: 2 };
  const initial = designer.init(seed);
  const designerParams = Object.fromEntries(
    Object.entries(initial).map(([name, tensor], i) => [
      name,
      tensor.add(tf.randomNormal(tensor.shape, 0, 0.2, "float32", 100 * seed + i)),
    ]),
  );
  return {
    learner,
    designer,
    params,
    designerParams,
    batch: collate(randomExamples(2, random, 6), collated),
    direction: lmFeedback(tinyConfig, { examples: randomExamples(2, random, 6), ...collated }).gradient(
      params,
      subset,
      random,
    ) as Params,
  };
}

const viewOf = ({ params, batch }: Inputs): LanguageView => languageView(tinyConfig, params, batch);

/**
 * The same loss from ops that can be differentiated twice: log-probabilities of the whole vocabulary, a dense target.
 */
const twiceDifferentiable: Learner<LanguageBatch, LanguageView> = {
  loss: (params, batch, taskOf) => {
    const logits_NV = lossLogits(tinyConfig, params, batch);
    const { ids_NK, probs_NK } = taskOf(languageView(tinyConfig, params, batch));
    const places_NKV = tf.oneHot(ids_NK!.flatten().cast("int32"), tinyConfig.vocabSize).reshape([...ids_NK!.shape, -1]);
    const target_NV = places_NKV.mul(probs_NK!.expandDims(2)).sum(1);
    return safeLogSoftmax(logits_NV).mul(target_NV).sum(1).mul(batch.weight_N).sum().neg() as tf.Scalar;
  },
};

/** `∇_φ (⟨g, ∇_θ L(θ, task(φ))⟩ − penalty)` by double backprop. */
function exactGradient(given: Inputs): Params {
  const uninstall = installSafeGradients();
  try {
    const { params, batch, designer, direction } = given;
    const view = viewOf(given);
    return gradientOf((phi) => {
      const task = designer.design(phi, batch, view);
      const pretraining = gradientOf(
        (moved) => twiceDifferentiable.loss({ ...params, ...moved }, batch, () => task),
        pick(params, Object.keys(direction)),
      );
      const earned = innerProduct(direction, pretraining);
      return designer.penalty ? earned.sub(designer.penalty(task, batch, view)) : earned;
    }, given.designerParams);
  } finally {
    uninstall();
  }
}

const seeds = Array.from({ length: 20 }, (_, seed) => seed);
const worst = (errors: readonly number[]): number => Math.max(...errors);

describe("the value gradient on a two-layer transformer", () => {
  // float32 on the cpu backend, 20 random models and batches; the worst seen is at most half of each bound.
  it("is what double backprop gives: by tangents, by central and by one-sided differences", () => {
    const errors = seeds.map((seed) => {
      const given = inputs(seed);
      const exact = exactGradient(given);
      return [
        relativeError(valueGradient(given).gradient, exact),
        relativeError(valueGradient(given, { derivative: "central-difference" }).gradient, exact),
        relativeError(valueGradient(given, { derivative: "forward-difference", relativeStep: 3e-4 }).gradient, exact),
      ] as const;
    });
    expect(worst(errors.map(([tangent]) => tangent))).toBeLessThan(1e-6);
    expect(worst(errors.map(([, central]) => central))).toBeLessThan(5e-4);
    expect(worst(errors.map(([, , oneSided]) => oneSided))).toBeLessThan(2e-2);
  });

  it("is what double backprop gives with the penalties, and over all parameters, the tied embedding among them", () => {
    const errors = [
      ...seeds.slice(0, 5).map((seed) => inputs(seed, make())),
      ...seeds.slice(0, 5).map((seed) => inputs(seed, free, decoderNames(tinyConfig))),
    ].map((given) => relativeError(valueGradient(given).gradient, exactGradient(given)));
    expect(worst(errors)).toBeLessThan(1e-6);
  });

  it("is the slope of V(φ) − penalty along random directions", () => {
    const designer = make();
    const errors = seeds.slice(0, 10).map((seed) => {
      const given = inputs(seed, designer);
      const view = viewOf(given);
      const objective = (phi: Params): number => {
        const { value, task } = valueGradient({ ...given, designerParams: phi });
        return at(value) - at(designer.penalty!(task, given.batch, view));
      };
      const { gradient } = valueGradient(given);
      const norm = Math.sqrt(at(innerProduct(gradient, gradient)));
      // Half along the gradient, so that the slope is no accident of rounding; half at random.
      const direction = mapTensors(gradient, (g, i) =>
        g.div(norm).add(tf.randomNormal(g.shape, 0, 0.05, "float32", seed + i)),
      );
      const step = 1e-2;
      const moved = (sign: number): Params =>
        mapTensors(given.designerParams, (tensor, _, name) => tensor.add(direction[name]!.mul(sign * step)));
      const slope = (objective(moved(1)) - objective(moved(-1))) / (2 * step);
      return Math.abs(at(innerProduct(gradient, direction)) / slope - 1);
    });
    expect(worst(errors)).toBeLessThan(1e-2);
  });

  it("gives V = ⟨g, ∇L⟩, by reverse mode", () => {
    for (const seed of seeds) {
      const given = inputs(seed);
      const { value, task } = valueGradient(given);
      const pretraining = gradientOf(
        (moved) => learner.loss({ ...given.params, ...moved }, given.batch, () => task),
        pick(given.params, tail),
      );
      const scale = Math.sqrt(
        at(innerProduct(given.direction, given.direction)) * at(innerProduct(pretraining, pretraining)),
      );
      expect(Math.abs(at(value) - at(innerProduct(given.direction, pretraining)))).toBeLessThan(1e-5 * scale);
    }
  });

  it("with align cosine, has the cotangent of the cosine itself", () => {
    for (const seed of seeds.slice(0, 5)) {
      const given = inputs(seed);
      const { value, cotangent, task } = valueGradient(given, { similarity: "cosine" });
      const cosineAt = (probs_NK: tf.Tensor): number => {
        const pretraining = gradientOf(
          (moved) => learner.loss({ ...given.params, ...moved }, given.batch, () => ({ ...task, probs_NK })),
          pick(given.params, tail),
        );
        const norms = at(innerProduct(pretraining, pretraining)) * at(innerProduct(given.direction, given.direction));
        return at(innerProduct(given.direction, pretraining)) / Math.sqrt(norms);
      };
      const probs_NK = task["probs_NK"]!;
      expect(at(value)).toBeCloseTo(cosineAt(probs_NK), 5);
      const cot = cotangent["probs_NK"]!;
      const direction = cot.div(cot.norm()).add(tf.randomNormal(cot.shape, 0, 0.05, "float32", seed));
      const slope = (cosineAt(probs_NK.add(direction.mul(0.01))) - cosineAt(probs_NK.sub(direction.mul(0.01)))) / 0.02;
      expect(Math.abs(at(cot.mul(direction).sum()) / slope - 1)).toBeLessThan(1e-2);
    }
  });

  it("is the same with and without prefix, and for a learner that never heard of it", () => {
    for (const options of [{}, { derivative: "central-difference" }, { similarity: "cosine" }] as const) {
      for (const seed of seeds.slice(0, 4)) {
        const given = inputs(seed);
        const [started, whole] = [
          valueGradient(given, options),
          valueGradient({ ...given, learner: plainLearner }, options),
        ];
        expect(at(started.value)).toBeCloseTo(at(whole.value), 6);
        expect(relativeError(started.gradient, whole.gradient)).toBeLessThan("tangent" in options ? 1e-2 : 1e-5);
      }
    }
  });

  it("works for a fixed gate, for a designer without a penalty and for those without parameters", () => {
    const fixed = inputs(0, make({ gate: "fixed" }));
    const { gradient } = valueGradient(fixed);
    expect(listOf(gradient["gate.bias"]!)).toEqual([0]);
    expect(at(gradient["score.weight"]!.abs().max())).toBeGreaterThan(0);
    const { penalty: _, ...unpriced } = make();
    expect(relativeError(valueGradient(inputs(1, unpriced)).gradient, valueGradient(inputs(1, free)).gradient)).toBe(0);
    for (const bare of [nextTokenDesigner(), tiltDesigner({ candidates: 5 })]) {
      const result = valueGradient(inputs(2, bare));
      expect(result.gradient).toEqual({});
      expect(result.cotangent["probs_NK"]!.shape).toEqual(result.task["probs_NK"]!.shape);
    }
  });
});

describe("the sign of the value", () => {
  /** Change of the log-probabilities at the candidates when the learner steps along −g. */
  function rise(given: Inputs, ids_NK: tf.Tensor): number[][] {
    const step = 1e-2 / Math.sqrt(at(innerProduct(given.direction, given.direction)));
    const moved = mapTensors(pick(given.params, tail), (tensor, _, name) =>
      tensor.sub(given.direction[name]!.mul(step)),
    );
    const logProbs = (params: Params): number[][] => rowsOf(tf.logSoftmax(lossLogits(tinyConfig, params, given.batch)));
    const [before, after] = [logProbs(given.params), logProbs({ ...given.params, ...moved })];
    return rowsOf(ids_NK).map((ids, n) => ids.map((id) => (after[n]![id]! - before[n]![id]!) / step));
  }

  it("∂V/∂q is how much each candidate's log-probability rises when the learner steps along −g_down", () => {
    for (const seed of seeds.slice(0, 5)) {
      const given = inputs(seed);
      const { cotangent, task } = valueGradient(given);
      const rises = rise(given, task["ids_NK"]!);
      const weights = listOf(given.batch.weight_N);
      const expected = tf.tensor2d(rises.map((row, n) => row.map((x) => x * weights[n]!)));
      expect(relativeError({ c: cotangent["probs_NK"]! }, { c: expected })).toBeLessThan(0.1); // a step, not a limit
    }
  });

  it("raising V moves mass to the candidates that rise", () => {
    for (const seed of seeds.slice(0, 5)) {
      const given = inputs(seed);
      const { gradient, task, value } = valueGradient(given);
      const climbed = mapTensors(given.designerParams, (tensor, _, name) =>
        tensor.add(gradient[name]!.mul(1e-2 / Math.sqrt(at(innerProduct(gradient, gradient))))),
      );
      const after = valueGradient({ ...given, designerParams: climbed });
      expect(at(after.value)).toBeGreaterThan(at(value));
      const rises = rise(given, task["ids_NK"]!);
      const weights = listOf(given.batch.weight_N);
      const moved = rowsOf(after.task["probs_NK"]!.sub(task["probs_NK"]!));
      const gained = moved.reduce(
        (sum, row, n) => sum + row.reduce((s, x, k) => s + weights[n]! * x * rises[n]![k]!, 0),
        0,
      );
      expect(gained).toBeGreaterThan(0);
    }
  });
});

const mapTensors = (params: Params, f: (tensor: tf.Tensor, index: number, name: string) => tf.Tensor): Params =>
  Object.fromEntries(Object.entries(params).map(([name, tensor], i) => [name, f(tensor, i, name)]));

it("designer efficiency is (J(r) − J(p))/(J* − J(p)), each V from a gradient of its own", () => {
  const klWeight = 0.5; // of the order of c, so that neither term of J is nothing beside the other
  const priced = make({ gatePenaltyWeight: 0, klWeight });
  const { params, designerParams, batch, direction } = inputs(3, priced);
  const { cotangent, task } = valueGradient({ learner, designer: priced, params, designerParams, batch, direction });
  const valueOf = (made: Task): number => {
    const loss = (moved: Params): tf.Scalar => learner.loss({ ...params, ...moved }, batch, () => made);
    return at(innerProduct(direction, gradientOf(loss, pick(params, Object.keys(direction)))));
  };
  const logPrior_NK = task["logPrior_NK"]!;
  const prior = { ...task, probs_NK: logPrior_NK.exp() };
  const change_NK = cotangent["probs_NK"]!.divNoNan(batch.weight_N.expandDims(1));
  const tilt_NK = tf.softmax(logPrior_NK.add(change_NK.div(klWeight))); // r ∝ p·exp(c/λ)
  /** `V − λ·Σ w KL(q ‖ p)` of a target without a gate. */
  const objective = (probs_NK: tf.Tensor): number => {
    const kl_N = probs_NK.mul(probs_NK.add(1e-20).log().sub(logPrior_NK)).sum(1);
    return valueOf({ ...task, probs_NK }) - klWeight * at(kl_N.mul(batch.weight_N).sum());
  };
  const [plain, own, best] = [prior["probs_NK"], task["proposal_NK"]!, tilt_NK].map(objective) as [
    number,
    number,
    number,
  ];
  const of = (proposal_NK: tf.Tensor) => {
    const metrics = priced.metaMetrics!(cotangent, { ...task, proposal_NK }, batch);
    return [at(metrics["designerEfficiency"]!), at(metrics["designerCorrelation"]!)];
  };
  const [efficiency, correlation] = of(task["proposal_NK"]!) as [number, number];
  expect(best - plain).toBeGreaterThan(0);
  expect(Math.abs(efficiency - (own - plain) / (best - plain))).toBeLessThan(5e-3 * (1 + Math.abs(efficiency)));
  expect(Math.abs(correlation)).toBeLessThan(1);
  of(tilt_NK).forEach((x) => expect(x).toBeCloseTo(1, 3));
  expect(of(logPrior_NK.exp())[0]).toBeCloseTo(0, 3);
});
