import { decoderNames, lastBlockParameters, tinyLanguageModel } from "@vpt/lang";
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { parseRunConfig } from "./config.js";
import { selectTrainable } from "./select-trainable.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

const data = {
  unlabeled: { synthetic: "stream" },
  feedback: { synthetic: "problems" },
  test: { synthetic: "problems", split: "test" },
};
const run = (given: object) => parseRunConfig({ model: "tiny", data, ...given }, "test");

describe("what trains", () => {
  const { config } = tinyLanguageModel(0);

  it("is the last blocks and the norm, all aligned", () => {
    const found = selectTrainable(config, run({ trainableBlocks: 1 }));
    expect(found.trainable).toEqual(lastBlockParameters(config, 1));
    expect(found.subset).toEqual(found.trainable);
    expect(found.firstTrainableBlock).toBe(config.layers - 1);
  });

  it("is everything for a full-parameter learner, of which the last two blocks and the norm are aligned", () => {
    const found = selectTrainable(config, run({ trainableBlocks: "all" }));
    expect(found.trainable).toEqual(decoderNames(config));
    expect([...found.subset].sort()).toEqual([...lastBlockParameters(config, Math.min(2, config.layers))].sort());
    expect(found.firstTrainableBlock).toBe(0);
  });

  it("is adapters only with LoRA; the aligned are those of the last blocks", () => {
    const found = selectTrainable(
      config,
      run({ trainableBlocks: "all", learner: { lora: { rank: 2 } }, value: { alignedBlocks: 1 } }),
    );
    expect(found.trainable.length).toBe(14 * config.layers);
    expect(found.subset.length).toBe(14);
    expect(found.subset.every((name) => name.includes(`layers.${config.layers - 1}.`))).toBe(true);
  });

  it("refuses more blocks than there are, or than train", () => {
    expect(() => selectTrainable(config, run({ trainableBlocks: 99 }))).toThrow('"trainableBlocks"');
    expect(() => selectTrainable(config, run({ trainableBlocks: 1, value: { alignedBlocks: 2 } }))).toThrow(
      "1 blocks train",
    );
  });
});
