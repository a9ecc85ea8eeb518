import { decoderNames, tailNames, tinyLanguageModel } from "@vpt/lang";
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { parseRunConfig } from "../config/load-config.js";
import { whatTrains } from "./what-trains.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

const data = {
  stream: { templated: "stream" },
  feedback: { templated: "problems" },
  test: { templated: "problems", split: "test" },
};
const run = (given: object) => parseRunConfig({ model: "tiny", data, ...given }, "test");

describe("what trains", () => {
  const { config } = tinyLanguageModel(0);

  it("is the last blocks and the norm, all aligned", () => {
    const found = whatTrains(config, run({ lastBlocks: 1 }));
    expect(found.trainable).toEqual(tailNames(config, 1));
    expect(found.subset).toEqual(found.trainable);
    expect(found.from).toBe(config.layers - 1);
  });

  it("is everything for a full-parameter learner, of which the last two blocks and the norm are aligned", () => {
    const found = whatTrains(config, run({ lastBlocks: "all" }));
    expect(found.trainable).toEqual(decoderNames(config));
    expect([...found.subset].sort()).toEqual([...tailNames(config, Math.min(2, config.layers))].sort());
    expect(found.from).toBe(0);
  });

  it("is adapters only with LoRA; the aligned are those of the last blocks", () => {
    const found = whatTrains(
      config,
      run({ lastBlocks: "all", learner: { lora: { rank: 2 } }, value: { alignedBlocks: 1 } }),
    );
    expect(found.trainable.length).toBe(14 * config.layers);
    expect(found.subset.length).toBe(14);
    expect(found.subset.every((name) => name.includes(`layers.${config.layers - 1}.`))).toBe(true);
  });

  it("refuses more blocks than there are, or than train", () => {
    expect(() => whatTrains(config, run({ lastBlocks: 99 }))).toThrow('"lastBlocks"');
    expect(() => whatTrains(config, run({ lastBlocks: 1, value: { alignedBlocks: 2 } }))).toThrow("1 blocks train");
  });
});
