import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vitShapes } from "@vpt/vision";
import { expect, it } from "vitest";
import { visionConfigSchema } from "../vision/config.js";
import { visionShapeOf } from "./vision-shape.js";

const { crops } = visionConfigSchema.parse({ kind: "vision" });

it("takes the sizes of a fresh model, with images as large as a global crop", () => {
  const model = { hiddenSize: 24, layers: 3, heads: 4, patchSize: 8, registers: 1, initializerRange: 0.1 };
  expect(visionShapeOf({ model, crops: { ...crops, globalSize: 64 } })).toMatchObject({
    hiddenSize: 24,
    layers: 3,
    heads: 4,
    patchSize: 8,
    registers: 1,
    imageSize: 64,
  });
});

it.each([
  ["facebook/dinov3-vits16-pretrain-lvd1689m", 384, 12, 21.6],
  ["facebook/dinov3-vitb16-pretrain-lvd1689m", 768, 12, 85.7],
  ["models/dinov3-vitl16-mine", 1024, 24, 303.1],
])("knows %s before it is there", (model, hiddenSize, layers, millions) => {
  const config = visionShapeOf({ model, crops });
  expect(config).toMatchObject({ hiddenSize, layers, patchSize: 16 });
  const sizes = Object.values(vitShapes(config)).map((shape) => shape.reduce((product, side) => product * side, 1));
  expect(sizes.reduce((sum, size) => sum + size, 0) / 1e6).toBeCloseTo(millions, 0);
});

it("reads the config.json of a folder, whatever its name says", () => {
  const model = join(mkdtempSync(join(tmpdir(), "dinov3-vits16-")), "");
  const sizes = { hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 64 };
  writeFileSync(
    join(model, "config.json"),
    JSON.stringify({ model_type: "dinov3_vit", ...sizes, patch_size: 8, num_register_tokens: 1, image_size: 32 }),
  );
  expect(visionShapeOf({ model, crops })).toMatchObject({ hiddenSize: 32, layers: 2, patchSize: 8 });
});

it.each(["nobody/nothing", "facebook/dinov3-vit7b16-pretrain", "facebook/dinov3-convnext-tiny"])(
  "says that it does not know %s, and what to give",
  (model) => {
    expect(() => visionShapeOf({ model, crops })).toThrow(
      `--plan: the size of "${model}" is not known before it is there; give a folder with a config.json`,
    );
  },
);
