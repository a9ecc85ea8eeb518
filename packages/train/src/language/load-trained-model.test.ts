import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { adamW, createTrainState } from "@vpt/core";
import { createCheckpoints } from "@vpt/core/run";
import { lastBlockParameters, saveLanguageModel, tinyLanguageModel } from "@vpt/lang";
import { tensorFile } from "@vpt/weights";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findCheckpoint } from "../find-checkpoint.js";
import { loadTrainedModel } from "./load-trained-model.js";

const folder = mkdtempSync(join(tmpdir(), "vpt-trained-"));
const at = (...parts: string[]): string => join(folder, ...parts);
afterAll(() => rmSync(folder, { recursive: true }));

const base = () => tinyLanguageModel(3);
const name = lastBlockParameters(base().config, 1)[0]!;

/** Saves a checkpoint whose trained parameters are those of the model plus `moved`. */
async function save(method: string, step: number, moved: number): Promise<void> {
  const model = base();
  const trainable = lastBlockParameters(model.config, 1);
  const params = Object.fromEntries(trainable.map((each) => [each, tf.add(model.params[each]!, moved)]));
  const state = createTrainState({ params: { ...model.params, ...params }, trainable, optimizer: adamW(), seed: 0 });
  await createCheckpoints(at("run", method, "checkpoints"), tensorFile).save({ state: { ...state, step }, data: null });
}

beforeAll(async () => {
  await tf.setBackend("cpu");
  mkdirSync(at("run"));
  const config = { model: "tiny", seed: 3, methods: ["baseline", "value"] };
  writeFileSync(at("run", "config.json"), JSON.stringify(config));
  await save("baseline", 4, 1);
  await save("value", 4, 2);
  await save("value", 8, 3);
});

const moved = async (path: string, options = {}): Promise<number> => {
  const { params } = await loadTrainedModel(path, options);
  return tf.mean(tf.sub(params[name]!, base().params[name]!)).dataSync()[0]!;
};

describe("loadTrainedModel", () => {
  it("takes the newest checkpoint of a method, or the one asked for", async () => {
    expect(await moved(at("run"), { method: "value" })).toBeCloseTo(3, 5);
    expect(await moved(at("run"), { method: "value", checkpoint: 4 })).toBeCloseTo(2, 5);
    expect(await moved(at("run", "baseline"))).toBeCloseTo(1, 5);
  });

  it("leaves no tensor beside the model's", async () => {
    const before = tf.memory().numTensors;
    const { params } = await loadTrainedModel(at("run"), { method: "value" });
    expect(tf.memory().numTensors - before).toBe(Object.keys(params).length);
  });

  it("opens a model that is no run", async () => {
    await saveLanguageModel(at("plain"), base());
    expect(await moved(at("plain"))).toBe(0);
    expect(findCheckpoint(at("plain"))).toBeUndefined();
    await expect(loadTrainedModel(at("plain"), { method: "value" })).rejects.toThrow("is no folder of a run");
  });

  it("says what is missing", async () => {
    await expect(loadTrainedModel(at("run"))).rejects.toThrow("method: expected one of baseline, value");
    await expect(loadTrainedModel(at("run"), { method: "tilt" })).rejects.toThrow('received "tilt"');
    const best = loadTrainedModel(at("run"), { method: "value", checkpoint: "best" });
    await expect(best).rejects.toThrow(/checkpoint best: not among those kept in .*value: 4, 8/);
    mkdirSync(at("odd", "checkpoints"), { recursive: true });
    await expect(loadTrainedModel(at("odd"))).rejects.toThrow("no config.json that lists its methods");
    mkdirSync(at("vision", "value", "checkpoints", "1"), { recursive: true });
    writeFileSync(at("vision", "config.json"), JSON.stringify({ kind: "vision", methods: ["value"] }));
    writeFileSync(at("vision", "value", "checkpoints", "1", "state.safetensors"), "");
    await expect(loadTrainedModel(at("vision"))).rejects.toThrow('a run of kind "vision"');
  });
});
