import type { DecoderConfig } from "@vpt/lang";
import { expect, it } from "vitest";
import { parseRunConfig } from "../language/config.js";
import { tinyDecoder } from "../testing/tiny-decoder.js";
import { costOfRun } from "./cost-of-run.js";

const cost = (more: object = {}, config: DecoderConfig = tinyDecoder) => {
  const source = { synthetic: "problems", limit: 4 };
  const data = { unlabeled: { synthetic: "stream", limit: 4 }, feedback: source, test: { ...source, split: "test" } };
  const run = { model: "tiny", data, steps: 10, batchSize: 3, unlabeledTokens: 32, ...more };
  return costOfRun(config, parseRunConfig(run, "test"));
};

// By hand, from the shapes: q and o, k and v, three of the MLP; two norms a block and one at the end
const blockMatrices = 2 * 16 * 16 + 2 * 8 * 16 + 3 * 16 * 24;
const embedding = 23 * 16;
const matrices = 2 * blockMatrices + embedding;
const parameters = matrices + 5 * 16;
/** Scores and weighted sums of 32 positions, 4 heads of 4. */
const attention = 4 * 32 * 4 * 4;

it("counts parameters and, where all train, three products of each matrix a token", () => {
  const { flops, tokens, tokensPerStep, ...rest } = cost({ trainableBlocks: "all" });
  expect(rest).toMatchObject({ parameters, trained: parameters, adapters: false });
  expect([tokensPerStep, tokens]).toEqual([96, 960]);
  expect(flops).toBe(960 * (6 * matrices + 2 * (1 + 2) * attention));
  expect(rest.flopsWithValue / flops).toBeCloseTo(1.189, 10);
  expect(rest.bytes.model).toBe(4 * parameters);
  expect(rest.bytes.training).toBe(12 * parameters + 16 * rest.designerParameters);
});

it("goes back no further than the first trained block", () => {
  const { flops, trained, bytes } = cost({ trainableBlocks: 1 });
  const all = cost({ trainableBlocks: "all" });
  // Towards its input a matrix of block 1 and the output table, towards itself what trains
  expect(trained).toBe(blockMatrices + 3 * 16); // its two norms, and the final one
  const forward = 2 * matrices + 2 * attention;
  const backward = 2 * (blockMatrices + embedding) + 2 * attention + 2 * blockMatrices;
  expect(flops).toBe(960 * (forward + backward));
  expect(bytes.activations).toBeLessThan(all.bytes.activations);
  expect(bytes.model).toBe(all.bytes.model);
});

it("looks an untied table up, and multiplies with the output's own", () => {
  const untied = cost({ trainableBlocks: "all" }, { ...tinyDecoder, tied: false });
  expect(untied.parameters).toBe(parameters + embedding);
  // The input's table is trained towards itself only
  expect(untied.flops - cost({ trainableBlocks: "all" }).flops).toBe(960 * 2 * embedding);
});

it("trains adapters of rank r in place of the weights", () => {
  const learner = { lora: { rank: 2, modules: ["q_proj", "down_proj"] } };
  const { trained, adapters, parameters: all, bytes } = cost({ trainableBlocks: "all", learner });
  expect(adapters).toBe(true);
  expect(trained).toBe(2 * (2 * (16 + 16) + 2 * (24 + 16)));
  expect(all).toBe(parameters);
  expect(bytes.training).toBeLessThan(cost({ trainableBlocks: "all" }).bytes.training);
});

it("takes a step of several micro-batches as that many tokens, and keeps the activations of one", () => {
  const [one, four] = [cost(), cost({ gradientAccumulation: 4 })];
  expect(four.tokensPerStep).toBe(4 * one.tokensPerStep);
  expect(four.flops).toBe(4 * one.flops);
  expect(four.bytes).toEqual(one.bytes);
});
