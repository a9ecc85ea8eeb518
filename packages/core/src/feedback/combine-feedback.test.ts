import * as tf from "@tensorflow/tfjs";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { type Feedback, randomFromSeed } from "@vpt/contracts";
import { combineFeedback } from "./combine-feedback.js";

beforeAll(async () => void (await tf.setBackend("cpu")));
beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const fixed = (...values: number[]): Feedback => ({ gradient: () => ({ w: tf.tensor1d(values) }) });
const drawn = async (feedback: Feedback): Promise<number[]> => [
  ...(await feedback.gradient({}, [], randomFromSeed(0)))["w"]!.dataSync(),
];

it("is the weighted sum of unit gradients, or of the raw ones", async () => {
  const objectives = [
    { name: "a", feedback: fixed(3, 4), weight: 2 },
    { name: "b", feedback: fixed(0, -100), weight: 0.5 },
  ];
  const unit = await drawn(combineFeedback(objectives));
  expect(unit[0]).toBeCloseTo(1.2, 6);
  expect(unit[1]).toBeCloseTo(1.6 - 0.5, 6);
  expect(await drawn(combineFeedback(objectives, { normalise: false }))).toEqual([6, -42]);
});

it("tells norms and pairwise cosines, and leaves one result behind", async () => {
  const told: unknown[] = [];
  const objectives = [fixed(3, 4), fixed(0, -2), fixed(0, 0)].map((feedback, i) => ({
    name: "abc"[i]!,
    feedback,
    weight: 1,
  }));
  const before = tf.memory().numTensors;
  const mixed = await combineFeedback(objectives, { onGradients: (x) => told.push(x) }).gradient(
    {},
    [],
    randomFromSeed(0),
  );
  expect(tf.memory().numTensors).toBe(before + 1);
  expect(told[0]).toMatchObject({ norms: { a: 5, b: 2, c: 0 }, cosines: { "a·c": 0, "b·c": 0 } });
  expect((told[0] as { cosines: Record<string, number> }).cosines["a·b"]).toBeCloseTo(-0.8, 6);
  expect([...mixed["w"]!.dataSync()].map((x) => Math.round(x * 1e6) / 1e6)).toEqual([0.6, -0.2]);
});

it("leaves out an objective that is not finite, and is zero when none is", async () => {
  const a = { name: "a", feedback: fixed(3, 4), weight: 1 };
  const bad = { name: "bad", feedback: fixed(NaN, 1), weight: 1 };
  (await drawn(combineFeedback([a, bad]))).forEach((x, i) => expect(x).toBeCloseTo([0.6, 0.8][i]!, 6));
  expect(await drawn(combineFeedback([bad]))).toEqual([0, 0]);
});

it("refuses no objectives, equal names, and weights that are no numbers", () => {
  const a = { name: "a", feedback: fixed(1), weight: 1 };
  expect(() => combineFeedback([])).toThrow(/no objectives/);
  expect(() => combineFeedback([a, a])).toThrow(/two objectives are called "a"/);
  expect(() => combineFeedback([{ ...a, weight: NaN }])).toThrow(/weight of "a" is NaN/);
});
