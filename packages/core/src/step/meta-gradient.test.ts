import * as tf from "@tensorflow/tfjs";
import { beforeAll, expect, it } from "vitest";
import { adamW, asScalars } from "../optim/adam-w.js";
import { numbersOf, toyLearner } from "../testing/toy.js";
import { alignmentDirections } from "./meta-gradient.js";
import type { StepInputs } from "./step-inputs.js";
import type { TrainStepOptions, ValueStepOptions } from "./train-step-options.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

/** The direction from g = (1, 1) at the Adam state v̂ = (0, 4) after one update. */
const directionWith = (value: Partial<ValueStepOptions>): number[] =>
  tf.tidy(() => {
    const optimizer = adamW();
    const at = { w: tf.tensor1d([0, 0]) };
    const { state } = optimizer.update(at, { w: tf.tensor1d([0, 2]) }, optimizer.init(at), 0);
    const scalars = asScalars(optimizer.updateScalars(state.count, 0));
    const inputs = { kind: "value", feedbackEma: { w: tf.tensor1d([1, 1]) }, moments: state, scalars };
    const options = { learner: toyLearner, optimizer, value: { feedback: { gradient: () => ({}) }, ...value } };
    const [direction] = alignmentDirections(
      inputs as unknown as StepInputs,
      options as unknown as TrainStepOptions<unknown, unknown>,
    );
    return numbersOf(direction!)["w"]!;
  });

it.each([
  [{ preconditioner: "none" }, [1, 1]],
  [{ preconditionerDamping: 1 }, [1 / Math.SQRT2, 1 / (2 + Math.SQRT2)]], // rms(0, 2) = √2
  [{}, [10 / Math.SQRT2, 1 / (2 + 0.1 * Math.SQRT2)]],
] as const)("scales g by 1/(√v̂ + κ·rms(√v̂)): %j", (value, expected) => {
  directionWith({ normalizeDirection: false, ...value }).forEach((x, i) => expect(x).toBeCloseTo(expected[i]!, 4));
  const norm = Math.hypot(...expected);
  directionWith(value).forEach((x, i) => expect(x).toBeCloseTo(expected[i]! / norm, 5));
});

it("takes Adam's own diagonal with a damping of 0, where a parameter without a state is all of the direction", () => {
  expect(directionWith({ preconditionerDamping: 0 })).toEqual([1, expect.closeTo(0, 6)]);
});
