import { ShapeMismatchError, VptError, type Params } from "@vpt/core";
import type { ViTConfig } from "./vit-config.js";
import { vitNames, type BlockPart } from "./vit-names.js";

/**
 * Every parameter of a ViT by its Hugging Face name, with its shape; linear weights are `[out, in]`. The mask token is
 * left out: DINO does not use it.
 *
 * @example
 * ```ts
 * import { dinov3Config, vitShapes } from "@vpt/vision";
 *
 * vitShapes(dinov3Config("small"))["layer.0.attention.q_proj.weight"]; // [384, 384]
 * ```
 * @see Hugging Face `modeling_dinov3_vit.py`, `modeling_dinov2.py`.
 * @category model
 */
export function vitShapes(config: ViTConfig): Readonly<Record<string, readonly number[]>> {
  const { hiddenSize: width, intermediateSize: wide, patchSize, registers, bias, gated } = config;
  const names = vitNames(config);
  const shapes: Record<string, readonly number[]> = {
    [names.cls]: [1, 1, width],
    [`${names.patches}.weight`]: [width, 3, patchSize, patchSize],
    [`${names.patches}.bias`]: [width],
  };
  if (registers > 0) shapes[names.registers] = [1, registers, width];
  if (config.modelType === "dinov2") {
    const side = Math.floor(config.imageSize / patchSize);
    shapes[names.positions] = [1, side * side + 1, width];
  }
  const norm = (name: string): void => {
    shapes[`${name}.weight`] = [width];
    shapes[`${name}.bias`] = [width];
  };
  for (let i = 0; i < config.layers; i++) {
    const linear = (part: BlockPart, out: number, inner: number, hasBias: boolean): void => {
      shapes[`${names.block(i, part)}.weight`] = [out, inner];
      if (hasBias) shapes[`${names.block(i, part)}.bias`] = [out];
    };
    norm(names.block(i, "norm1"));
    for (const part of ["query", "key", "value", "output"] as const) linear(part, width, width, bias[part]);
    shapes[names.block(i, "layer_scale1.lambda1")] = [width];
    norm(names.block(i, "norm2"));
    if (gated) linear("gate", wide, width, bias.mlp);
    linear("up", wide, width, bias.mlp);
    linear("down", width, wide, bias.mlp);
    shapes[names.block(i, "layer_scale2.lambda1")] = [width];
  }
  norm(names.norm);
  return shapes;
}

/**
 * Checks that parameters are a ViT's: every name there, every shape right.
 *
 * @throws {VptError} A name is missing.
 * @throws {ShapeMismatchError} A shape differs.
 * @example
 * ```ts
 * import { checkViTParams } from "@vpt/vision";
 *
 * checkViTParams(vit.config, vit.params);
 * ```
 * @category model
 */
export function checkViTParams(config: ViTConfig, params: Params): void {
  const shapes = Object.entries(vitShapes(config));
  const missing = shapes.filter(([name]) => params[name] === undefined).map(([name]) => name);
  if (missing.length > 0) {
    const more = missing.length > 3 ? ` and ${missing.length - 3} more` : "";
    throw new VptError(
      `The checkpoint lacks ${missing.slice(0, 3).join(", ")}${more}; is it the model of this config.json?`,
    );
  }
  for (const [name, expected] of shapes) {
    const received = params[name]?.shape ?? [];
    if (received.join() !== expected.join())
      throw new ShapeMismatchError({ operand: name, expected: `[${expected.join(", ")}]`, received });
  }
}
