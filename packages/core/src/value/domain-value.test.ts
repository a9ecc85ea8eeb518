import * as tf from "@tensorflow/tfjs";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { alignmentValue } from "./alignment-value.js";
import { type Params, randomFromSeed } from "@vpt/contracts";
import { domainValue } from "./domain-value.js";
import { innerProduct } from "@vpt/contracts/tensors";
import {
  gradientOf,
  toyBatch,
  toyDesigner,
  toyFeedback,
  toyLearner,
  toyParams,
  toyPrediction,
} from "../testing/toy.js";

beforeAll(async () => void (await tf.setBackend("cpu")));
beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const at = (scalar: tf.Tensor): number => scalar.dataSync()[0]!;
const designer = toyDesigner({ price: 0 });
const params = toyParams(0);
const domains = () =>
  [1, 2, 3].map((d) => ({
    batch: toyBatch(randomFromSeed(d, "domain")),
    direction: toyFeedback.gradient(params, ["w2"], randomFromSeed(d, "down")) as Params,
  }));

it("is the mean over domains of each one's own alignment, and climbs along its gradient", () => {
  const each = domains();
  const byHand = (phi: Params): number => {
    const values = each.map(({ batch, direction }) => {
      const task = designer.design(phi, batch, { prediction_NE: toyPrediction(params, batch) });
      const g = gradientOf((moved) => toyLearner.loss({ ...params, ...moved }, batch, () => task), params, ["w2"]);
      return at(alignmentValue(direction, g));
    });
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  const designerParams = designer.init(0);
  const { value, gradient } = domainValue({ learner: toyLearner, designer, params, designerParams }, each);
  expect(at(value)).toBeCloseTo(byHand(designerParams), 5);
  const moved = (sign: number): Params =>
    Object.fromEntries(
      Object.entries(designerParams).map(([name, x]) => [name, x.add(gradient[name]!.mul(sign * 0.02))]),
    );
  const slope = (byHand(moved(1)) - byHand(moved(-1))) / 0.04;
  expect(slope / at(innerProduct(gradient, gradient))).toBeCloseTo(1, 2);
});

it("refuses no domains, and leaves only its results", () => {
  const shared = { learner: toyLearner, designer, params, designerParams: designer.init(0) };
  expect(() => domainValue(shared, [])).toThrow(/no domains/);
  const each = domains();
  const before = tf.memory().numTensors;
  domainValue(shared, each);
  expect(tf.memory().numTensors).toBe(before + 3);
});
