import * as tf from "@tensorflow/tfjs";
import { dinov3Config, initViT } from "@vpt/vision";
import { expect, it } from "vitest";
import { renderedRetrieval, scoreRetrieval } from "./rendered-retrieval.js";

it("every room has two easy, two hard and one junk view; near views are found before far ones", async () => {
  await tf.setBackend("cpu");
  const benchmark = renderedRetrieval({ rooms: 6, side: 16, seed: 1 });
  expect([benchmark.queries.length, benchmark.database.length]).toEqual([6, 30]);
  expect(benchmark.groundTruth[1]).toEqual({ easy: [5, 6], hard: [7, 8], junk: [9] });
  const config = dinov3Config({ hiddenSize: 16, layers: 1, heads: 2, patchSize: 8, initializerRange: 0.3 });
  const { easy, medium, hard } = await scoreRetrieval(benchmark, config, initViT(config, 0));
  expect(easy).toBeGreaterThan(0.5);
  expect(easy).toBeGreaterThan(hard);
  expect(medium).toBeGreaterThan(0);
});
