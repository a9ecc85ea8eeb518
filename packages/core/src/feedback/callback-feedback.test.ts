import * as tf from "@tensorflow/tfjs";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { type Params, randomFromSeed } from "@vpt/contracts";
import { callbackFeedback, type MissingFeedback } from "./callback-feedback.js";

beforeAll(async () => void (await tf.setBackend("cpu")));
let params: Params;
beforeEach(() => void (params = { w: tf.tensor1d([1, 2]), other: tf.scalar(3) }));
afterEach(() => tf.dispose(params));

type Ask = Parameters<typeof callbackFeedback>[0];
/** What the loop gets, and what it was told; nothing else is left behind. */
async function ask(answer: Ask, timeout = 1000) {
  const missing: MissingFeedback[] = [];
  const before = tf.memory().numTensors;
  const feedback = callbackFeedback(answer, { timeout, onMissing: (why) => missing.push(why) });
  const gradient = await feedback.gradient(params, ["w"], randomFromSeed(0));
  const numbers = [...gradient["w"]!.dataSync()];
  expect(Object.keys(gradient)).toEqual(["w"]);
  tf.dispose(gradient);
  expect(tf.memory().numTensors).toBe(before);
  return { numbers, reason: missing[0]?.reason, told: missing.length };
}
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

it("passes an answer on, at once or later", async () => {
  expect((await ask(() => ({ w: tf.tensor1d([4, 5]) }))).numbers).toEqual([4, 5]);
  const later: Ask = async () => (await sleep(5), { w: tf.tensor1d([6, 7]) });
  expect(await ask(later)).toEqual({ numbers: [6, 7], reason: undefined, told: 0 });
});

it("nothing today is zero and no news", async () => {
  expect(await ask(() => undefined)).toEqual({ numbers: [0, 0], reason: undefined, told: 0 });
});

it.each<[string, Ask, MissingFeedback["reason"]]>([
  [
    "throws",
    () => {
      throw new Error("down");
    },
    "threw",
  ],
  ["rejects", () => Promise.reject(new Error("down")), "threw"],
  ["hangs", () => new Promise(() => {}), "timed out"],
  ["says NaN", () => ({ w: tf.tensor1d([NaN, 1]) }), "unusable"],
  ["has another shape", () => ({ w: tf.tensor1d([1]) }), "unusable"],
  ["has another name", () => ({ v: tf.tensor1d([1, 2]) }), "unusable"],
])("a callback that %s is counted, and the gradient is zero", async (_, answer, reason) => {
  expect(await ask(answer, 20)).toEqual({ numbers: [0, 0], reason, told: 1 });
});

it("frees an answer that comes too late", async () => {
  const before = tf.memory().numTensors;
  await ask(async () => (await sleep(40), { w: tf.tensor1d([1, 1]) }), 10);
  await sleep(60);
  expect(tf.memory().numTensors).toBe(before);
});

it("refuses a time-out that is none", () => {
  expect(() => callbackFeedback(() => undefined, { timeout: 0 })).toThrow(/positive time-out, received 0/);
});
