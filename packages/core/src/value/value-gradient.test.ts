import * as tf from "@tensorflow/tfjs";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Designer, type Learner, type Params, VptError, randomFromSeed } from "@vpt/contracts";
import { innerProduct, mapParams, pick } from "@vpt/contracts/tensors";
import {
  gradientOf,
  plainToyLearner,
  relativeError,
  toyBatch,
  toyDesigner,
  toyFeedback,
  toyLearner,
  toyParams,
  toyPrediction,
  type ToyBatch,
  type ToyView,
} from "../testing/toy.js";
import { valueGradient, type ValueInputs, type ValueOptions } from "./value-gradient.js";

beforeAll(async () => void (await tf.setBackend("cpu")));
beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const at = (scalar: tf.Tensor): number => scalar.dataSync()[0]!;

const designer = toyDesigner({ price: 0 });
function inputs(seed = 0, subset = ["w1", "w2"]): ValueInputs<ToyBatch, ToyView> {
  const params = toyParams(seed);
  return {
    learner: toyLearner,
    designer,
    params,
    designerParams: designer.init(seed),
    batch: toyBatch(randomFromSeed(seed, "value batch")),
    direction: toyFeedback.gradient(params, subset, randomFromSeed(seed, "feedback")) as Params,
  };
}

/** `∇_θS L` at the task of the given designer parameters, by plain reverse mode. */
function pretrainingGradient({ params, batch, direction, ...given }: ValueInputs<ToyBatch, ToyView>, phi: Params) {
  const task = given.designer.design(phi, batch, { prediction_NE: toyPrediction(params, batch) });
  return gradientOf(
    (moved) => toyLearner.loss({ ...params, ...moved }, batch, () => task),
    params,
    Object.keys(direction),
  );
}

const valueAt = (given: ValueInputs<ToyBatch, ToyView>, phi: Params): number =>
  at(innerProduct(given.direction, pretrainingGradient(given, phi)));
const cosineAt = (given: ValueInputs<ToyBatch, ToyView>, phi: Params): number => {
  const g = pretrainingGradient(given, phi);
  return at(
    innerProduct(given.direction, g).div(innerProduct(g, g).mul(innerProduct(given.direction, given.direction)).sqrt()),
  );
};

/** Derivative of `f` along `direction` by central differences. */
function slope(f: (phi: Params) => number, phi: Params, direction: Params, step = 0.02): number {
  const moved = (sign: number): Params =>
    mapParams(phi, (tensor, name) => tensor.add(direction[name]!.mul(sign * step)));
  return (f(moved(1)) - f(moved(-1))) / (2 * step);
}

const randomDirection = (like: Params, seed: number): Params =>
  mapParams(like, (tensor, name) => tf.randomNormal(tensor.shape, 0, 1, "float32", seed + name.length));

const seeds = Array.from({ length: 20 }, (_, seed) => seed);

describe("valueGradient on a two-layer regression", () => {
  it("gives V = ⟨g, ∇L⟩", () => {
    for (const seed of seeds) {
      const given = inputs(seed);
      const expected = valueAt(given, given.designerParams);
      expect(Math.abs(at(valueGradient(given).value) / expected - 1)).toBeLessThan(1e-4);
    }
  });

  it("gives ∇_φ V, against finite differences of V along random directions", () => {
    for (const seed of seeds) {
      const given = inputs(seed);
      const { gradient } = valueGradient(given);
      const direction = randomDirection(given.designerParams, seed);
      const expected = slope((phi) => valueAt(given, phi), given.designerParams, direction);
      const scale = Math.max(Math.abs(expected), at(innerProduct(gradient, gradient).sqrt()));
      // float32 differences
      expect(Math.abs(at(innerProduct(gradient, direction)) - expected) / scale).toBeLessThan(2e-3);
    }
  });

  it("gives the cotangent in closed form where the learner is linear: ∂V/∂target = −h·ġ/N for w2", () => {
    const given = inputs(0, ["w2"]);
    const hidden_NH = tf.tanh(given.batch.x_ND.matMul(given.params["w1"] as tf.Tensor2D)) as tf.Tensor2D;
    const expected = hidden_NH.matMul(given.direction["w2"] as tf.Tensor2D).div(-6);
    expect(relativeError(pick(valueGradient(given).cotangent, ["target_NE"]), { target_NE: expected })).toBeLessThan(
      1e-6,
    );
  });

  it.each([
    ["central-difference", 1e-3],
    ["forward-difference", 3e-2],
  ] as const)("agrees with %s differences", (derivative, tolerance) => {
    for (const seed of seeds) {
      const exact = valueGradient(inputs(seed));
      const rough = valueGradient(inputs(seed), {
        derivative,
        relativeStep: derivative === "central-difference" ? 1e-2 : 1e-3,
      });
      expect(relativeError(rough.gradient, exact.gradient)).toBeLessThan(tolerance);
      expect(relativeError(pick(rough.cotangent, ["target_NE"]), pick(exact.cotangent, ["target_NE"]))).toBeLessThan(
        tolerance,
      );
    }
  });

  it.each(["forward-mode", "central-difference"] as const)(
    "follows the cosine itself with align: cosine and %s",
    (derivative) => {
      for (const seed of seeds.slice(0, 8)) {
        const given = inputs(seed);
        const { value, gradient } = valueGradient(given, { similarity: "cosine", derivative, relativeStep: 1e-2 });
        const phi = given.designerParams;
        expect(at(value)).toBeCloseTo(cosineAt(given, phi), 5);
        const direction = randomDirection(phi, seed);
        const scale = at(innerProduct(gradient, gradient).sqrt());
        const error =
          at(innerProduct(gradient, direction)) - slope((moved) => cosineAt(given, moved), phi, direction, 5e-3);
        expect(Math.abs(error) / scale).toBeLessThan(5e-3);
      }
    },
  );

  it("subtracts the penalty from what the designer climbs, and not from V", () => {
    const given = inputs();
    const priced = { ...given, designer: toyDesigner({ price: 0.7 }) };
    const [free, paid] = [valueGradient(given), valueGradient(priced)];
    const expected = { shift: free.gradient["shift"]!.sub(given.designerParams["shift"]!.mul(2 * 0.7)) };
    expect(at(paid.value)).toBe(at(free.value));
    expect(relativeError(pick(paid.gradient, ["shift"]), expected)).toBeLessThan(1e-5);
  });
});

describe("valueGradient's contract", () => {
  it("gives the same with and without prefix", () => {
    for (const derivative of ["forward-mode", "central-difference", "forward-difference"] as const) {
      const given = inputs(3, ["w2"]);
      const [tail, whole] = [
        valueGradient(given, { derivative }),
        valueGradient({ ...given, learner: plainToyLearner }, { derivative }),
      ];
      expect(relativeError(tail.gradient, whole.gradient)).toBeLessThan(1e-6);
      expect(at(tail.value)).toBe(at(whole.value));
    }
  });

  it("runs the learner from the subset on: the prefix is computed once", () => {
    let prefixes = 0;
    const counting: Learner<ToyBatch, ToyView> = {
      loss: (params, batch, taskOf) => {
        expect(batch.hidden_NH).toBeDefined();
        return toyLearner.loss(params, batch, taskOf);
      },
      cacheFrozenActivations: (...args) => (prefixes++, toyLearner.cacheFrozenActivations!(...args)),
    };
    valueGradient(
      { ...inputs(0, ["w2"]), learner: counting },
      { derivative: "central-difference", similarity: "cosine" },
    );
    expect(prefixes).toBe(1);
  });

  it("asks the designer for one task a call, under the learner's forward, whatever the rule", () => {
    for (const options of [{}, { derivative: "central-difference" }, { similarity: "cosine" }] as ValueOptions[]) {
      let [plain, taped] = [0, 0];
      const counting: Designer<ToyBatch, ToyView> = {
        ...designer,
        design: (phi, ...rest) => {
          if (phi["shift"] === given.designerParams["shift"]) plain++;
          else taped++;
          return designer.design(phi, ...rest);
        },
      };
      const given = { ...inputs(), designer: counting };
      valueGradient(given, options);
      expect([plain, taped].reduce((a, b) => a + b)).toBe(2); // once for the task, once for its backward pass
    }
  });

  it("returns an empty gradient for a designer without parameters, and still the cotangent", () => {
    const bare: Designer<ToyBatch, ToyView> = {
      init: () => ({}),
      design: (_, { y_NE }) => ({ target_NE: y_NE.mul(2) }),
      baselineTask: designer.baselineTask,
    };
    const { gradient, cotangent, value } = valueGradient({ ...inputs(), designer: bare, designerParams: {} });
    expect(gradient).toEqual({});
    expect(cotangent["target_NE"]!.shape).toEqual([6, 2]);
    expect(Number.isFinite(at(value))).toBe(true);
  });

  it("gives zero for designer parameters that the task does not depend on", () => {
    const given = inputs();
    const designerParams = { ...given.designerParams, idle: tf.ones([3]) };
    const { gradient } = valueGradient({ ...given, designerParams });
    expect([...gradient["idle"]!.dataSync()]).toEqual([0, 0, 0]);
    expect(relativeError(gradient, { ...valueGradient(given).gradient })).toBe(0);
  });

  it("leaves the designer's task constant in θ: what the view holds adds no ∂task/∂θ term", () => {
    const given = inputs();
    const loud: Params = { ...given.designerParams, scale: tf.scalar(5) };
    const expected = valueAt(given, loud);
    expect(Math.abs(at(valueGradient({ ...given, designerParams: loud }).value) / expected - 1)).toBeLessThan(1e-4);
  });

  it("refuses an empty direction and unknown names", () => {
    expect(() => valueGradient({ ...inputs(), direction: {} })).toThrow(VptError);
    expect(() => valueGradient({ ...inputs(), direction: { w9: tf.scalar(1) } })).toThrow('parameter "w9"');
  });

  it.each([
    {},
    { derivative: "central-difference" },
    { derivative: "forward-difference" },
    { similarity: "cosine" },
  ] as ValueOptions[])("frees all but its results with %o, also when the learner or the designer throws", (options) => {
    for (const subset of [["w2"], ["w1", "w2"]]) {
      const given = inputs(0, subset);
      const before = tf.memory().numTensors;
      const result = valueGradient(given, options);
      expect(tf.memory().numTensors).toBe(before + 1 + 2 + Object.keys(result.cotangent).length + 2);
      tf.dispose([result.value, result.gradient, result.cotangent, result.task]);
      const fails = (): never => {
        throw new Error("on purpose");
      };
      const broken = { ...given, designer: { ...designer, design: fails } };
      expect(() => valueGradient(broken, options)).toThrow("on purpose");
      let calls = 0;
      const late: Learner<ToyBatch, ToyView> = {
        loss: (...args) => (calls++ === 0 && Object.keys(options).length > 0 ? toyLearner.loss(...args) : fails()),
      };
      expect(() => valueGradient({ ...given, learner: late }, options)).toThrow("on purpose");
      expect(tf.memory().numTensors).toBe(before);
    }
  });
});
