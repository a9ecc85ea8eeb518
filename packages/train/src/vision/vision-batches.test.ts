import * as tf from "@tensorflow/tfjs";
import { renderScene } from "@vpt/data/images";
import { dinov3Config, type VisionBatch } from "@vpt/vision";
import { expect, it } from "vitest";
import { visionBatches } from "./vision-batches.js";

const images = Array.from({ length: 6 }, (_, i) => renderScene(i, { width: 12, height: 12 }).image);
const options = { batchSize: 2, seed: 0, globalSize: 8, localSize: 4, locals: 2 };
const open = (more: object = {}) => visionBatches(images, { ...options, ...more }, { workers: 0 });
const pixels = ({ globals_NHWC }: VisionBatch): number[] => [...globals_NHWC.dataSync()];

it("has two global views of each image, the local ones, and what is asked for beside them", async () => {
  const plain = await open().at(0);
  expect(plain.images).toBe(2);
  expect(plain.globals_NHWC.shape).toEqual([4, 8, 8, 3]);
  expect(plain.locals_NHWC!.shape).toEqual([4, 4, 4, 3]);
  expect([plain.noise_NHW1, plain.rotary, plain.meta]).toEqual([undefined, undefined, undefined]);
  const rotaryOf = dinov3Config({ hiddenSize: 8, layers: 1, heads: 2, patchSize: 4, imageSize: 8, registers: 0 });
  const full = await open({ noise: true, rotaryOf }).at(0);
  expect(full.noise_NHW1!.shape[0]).toBe(4);
  expect(full.rotary).toHaveProperty("globals");
  expect(pixels(full)).toEqual(pixels(plain)); // drawn first, whatever follows
});

it("gives a step's batch in any order, and a different one each step", async () => {
  const [one, two] = [open(), open()];
  const forwards = [pixels(await one.at(0)), pixels(await one.at(1)), pixels(await one.at(2))];
  const backwards = [pixels(await two.at(2)), pixels(await two.at(1)), pixels(await two.at(0))];
  expect(backwards.reverse()).toEqual(forwards);
  expect(new Set(forwards.map(String)).size).toBe(3);
});

it("brings a batch of its own on meta steps alone", async () => {
  const batches = open({ meta: { batchSize: 3, updateEvery: 4, burnInSteps: 2 } });
  const plain = open();
  const seen: number[] = [];
  for (let step = 0; step < 12; step++) {
    const batch = await batches.at(step);
    expect(pixels(batch)).toEqual(pixels(await plain.at(step)));
    if (!batch.meta) continue;
    seen.push(step);
    expect(batch.meta.images).toBe(3);
    expect(batch.meta.rotary).toBeUndefined();
  }
  expect(seen).toEqual([2, 6, 10]);
});

it("takes it with the first of several batches a step", async () => {
  const batches = open({ meta: { batchSize: 3, updateEvery: 2, burnInSteps: 1, batchesPerStep: 3 } });
  const seen: number[] = [];
  for (let micro = 0; micro < 15; micro++) if ((await batches.at(micro)).meta) seen.push(micro);
  expect(seen).toEqual([3, 9]); // learner steps 1 and 3
});

it("leaves no tensor behind but the batch", async () => {
  const batches = open({ noise: true, meta: { batchSize: 2, updateEvery: 1, burnInSteps: 0 } });
  const before = tf.memory().numTensors;
  tf.dispose((await batches.at(0)) as unknown as tf.TensorContainer);
  expect(tf.memory().numTensors).toBe(before);
  await batches.close();
  expect(batches.quarantined).toEqual([]);
});
