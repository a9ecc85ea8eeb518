import * as tf from "@tensorflow/tfjs";
import { expect, it } from "vitest";
import { memoryStats } from "./memory-stats.js";

it("counts tensors, and remembers a peak", async () => {
  await tf.setBackend("cpu");
  const before = memoryStats();
  const held = tf.ones([1000, 1000]);
  held.dataSync();
  const during = memoryStats();
  expect(during.tensors - before.tensors).toBe(4e6);
  expect(during.tensorCount - before.tensorCount).toBe(1);
  held.dispose();
  const after = memoryStats();
  expect(after.tensors).toBe(before.tensors);
  expect(after.peakResident).toBeGreaterThanOrEqual(during.peakResident);
  expect(after.peakResident).toBeGreaterThan(1e7); // bytes, not kilobytes
});
