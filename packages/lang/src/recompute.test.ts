import { compile, useBackend } from "@vpt/backend";
import type { Compile } from "@vpt/core";
import * as tf from "@tensorflow/tfjs";
import { expect, it } from "vitest";
import { topKDesigner } from "./designers/top-k.js";
import { tinyConfig } from "./testing/tiny-language.js";
import { tinyTrajectory } from "./testing/tiny-trajectory.js";

const { name: backend } = await useBackend({ device: "cpu", log: (line) => console.warn(`Skipping. ${line}`) });

const designer = topKDesigner({ embeddingSize: tinyConfig.hiddenSize, layers: 1, width: 8, heads: 2, candidates: 5 });
const after = (recompute: boolean, how?: Compile) => tinyTrajectory({ designer, recompute, compile: how });

it("changes no bit of a run, value updates included", async () => {
  await tf.setBackend("cpu");
  expect(await after(true)).toEqual(await after(false));
});

it.skipIf(backend !== "tensorflow")("changes no bit of a compiled run", async () => {
  await tf.setBackend("tensorflow");
  const compiled: Compile = (f) => compile(f, { cacheSize: 16 });
  expect(await after(true, compiled)).toEqual(await after(false, compiled));
});
