import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { decoderShapes } from "@vpt/lang";
import { afterAll, describe, expect, it } from "vitest";
import { shapeOf } from "./known-shapes.js";
import { visionShapeOf } from "./vision-shape.js";

const folder = mkdtempSync(join(tmpdir(), "vpt-shapes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const count = (model: string): number =>
  Object.values(decoderShapes(shapeOf(model))).reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);

describe("shapeOf", () => {
  // Published sizes of the checkpoints
  it.each([
    ["Qwen/Qwen1.5-0.5B", 463_987_712],
    ["Qwen/Qwen1.5-4B", 3_950_369_280],
    ["Qwen/Qwen1.5-7B", 7_721_324_544],
    ["Qwen/Qwen2.5-0.5B", 494_032_768],
    ["smollm2", 134_515_008],
  ])("knows %s with %d parameters", (model, parameters) => {
    expect(count(model)).toBe(parameters);
  });

  it("leaves no tensor of the tiny model", () => {
    const before = tf.memory().numTensors;
    expect(shapeOf("tiny").layers).toBeGreaterThan(0);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("reads a folder's own config.json", () => {
    const { layers, hiddenSize } = shapeOf("Qwen/Qwen2.5-0.5B");
    writeFileSync(
      join(folder, "config.json"),
      JSON.stringify({
        model_type: "qwen2",
        vocab_size: 10,
        hidden_size: hiddenSize,
        intermediate_size: 20,
        num_hidden_layers: layers,
        num_attention_heads: 14,
        num_key_value_heads: 2,
      }),
    );
    expect(shapeOf(folder)).toMatchObject({ layers, hiddenSize, vocabSize: 10 });
  });

  it("names what it does not know, and what to give", () => {
    expect(() => shapeOf("toString")).toThrow(
      '--plan: the size of "toString" is not known before it is there; ' +
        "give a folder with a config.json, or one of Qwen/",
    );
  });
});

describe("visionShapeOf", () => {
  const crops = { globalSize: 32 } as never;

  it("takes sizes of DINOv3 from the id", () => {
    const sides = ["s", "b", "l"].map(
      (size) => visionShapeOf({ model: `facebook/dinov3-vit${size}16-pretrain-lvd1689m`, crops }).hiddenSize,
    );
    expect(sides).toEqual([384, 768, 1024]);
  });

  it("fits a model of one's own to the global crop", () => {
    const model = { hiddenSize: 32, layers: 2, heads: 2, patchSize: 8 } as never;
    expect(visionShapeOf({ model, crops })).toMatchObject({ hiddenSize: 32, layers: 2, patchSize: 8 });
  });

  it("names what it does not know, and what to give", () => {
    expect(() => visionShapeOf({ model: "a/b", crops })).toThrow(/size of "a\/b" is not known.*DINOv3 ViT-S, B or L/);
  });
});
