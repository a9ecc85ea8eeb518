import * as tf from "@tensorflow/tfjs";
import { VptError, type Params } from "@vpt/core";
import {
  axialRotaryTables,
  embedPatches,
  interpolationMatrix,
  layerNorm,
  separableResample,
  type AxialAugmentation,
  type RotaryTables,
} from "@vpt/nn";
import { normOf, parameter } from "../parameter.js";
import { vitBlock } from "./vit-block.js";
import type { ViTConfig } from "./vit-config.js";
import { vitNames } from "./vit-names.js";

// Axes: B images, H rows and W columns of pixels or patches, T tokens, D width. The pass in pieces, so that a tail can
// run alone:
//   images_BHWC ─ embedImages ─► hidden_BTD ─ runViTBlocks ─► hidden_BTD ─ vitNorm ─► tokens_BTD

/** Tokens before the patches: the class token and the registers. */
export const prefixTokens = ({ registers }: ViTConfig): number => 1 + registers;

/**
 * Patches, class token, registers and (DINOv2) positions: what enters the first block.
 *
 * @param images_BHWC Normalised pixels; sides are multiples of the patch.
 * @returns `hidden_BTD`, owned by the caller; the order is class, registers, patches row by row.
 * @category model
 */
export const embedImages = (config: ViTConfig, params: Params, images_BHWC: tf.Tensor4D): tf.Tensor3D =>
  tf.tidy(() => {
    const names = vitNames(config);
    const [batch, height, width] = images_BHWC.shape;
    if (height % config.patchSize !== 0 || width % config.patchSize !== 0)
      throw new VptError(
        `image: sides must be multiples of the patch side ${config.patchSize}, received ${height} × ` +
          `${width}; resize or pad it`,
      );
    const patches_BTD = embedPatches(images_BHWC, {
      weight: parameter<tf.Tensor4D>(params, `${names.patches}.weight`),
      bias: parameter<tf.Tensor1D>(params, `${names.patches}.bias`),
    });
    // Ones times the token, not a tile: its gradient is a plain sum on every backend.
    const repeated = (name: string): tf.Tensor3D => {
      const token = parameter<tf.Tensor3D>(params, name);
      return tf.mul(tf.ones([batch, token.shape[1], 1]), token);
    };
    const special = [repeated(names.cls), ...(config.registers > 0 ? [repeated(names.registers)] : [])];
    const hidden_BTD = tf.concat([...special, patches_BTD], 1);
    if (config.modelType === "dinov3_vit") return hidden_BTD;
    const grid = [height / config.patchSize, width / config.patchSize] as const;
    return tf.add(hidden_BTD, positionsFor(config, params, grid));
  });

/** DINOv2's learned positions at another grid, bicubic without antialiasing. */
function positionsFor(config: ViTConfig, params: Params, [rows, columns]: readonly [number, number]): tf.Tensor3D {
  const stored = parameter<tf.Tensor3D>(params, vitNames(config).positions);
  const [, count, width] = stored.shape;
  const side = Math.round(Math.sqrt(count - 1));
  if (rows === side && columns === side) return stored;
  const grid = tf.reshape(tf.slice(stored, [0, 1, 0], [1, count - 1, width]), [1, side, side, width]) as tf.Tensor4D;
  const resized = separableResample(
    grid,
    interpolationMatrix(side, rows, "bicubic"),
    interpolationMatrix(side, columns, "bicubic"),
  );
  return tf.concat([tf.slice(stored, [0, 0, 0], [1, 1, width]), tf.reshape(resized, [1, rows * columns, width])], 1);
}

/** Where a pass runs and how its patches are placed. */
export interface ViTPass {
  /** Patches of the image, rows and columns. */
  readonly grid: readonly [number, number];
  /** First block and the block after the last; all by default. */
  readonly from?: number;
  readonly to?: number;
  /**
   * Whether the last of these blocks gives the class tokens alone: its other rows, which a class-token loss does not
   * see, are left out.
   */
  readonly classOnly?: boolean;
  /** Tables of moved patch coordinates, for training (see `vitRotary`); left out in evaluation. */
  readonly rotary?: RotaryTables | undefined;
  /**
   * Less memory for a little time when a gradient is taken: what norms and GELU are made of is worked out again for it.
   * Same bits.
   */
  readonly recompute?: boolean;
}

/**
 * Runs blocks `from … to − 1`.
 *
 * @returns `hidden_BTD`, owned by the caller; with `classOnly` and at least one block, `[B, 1, D]`.
 * @category model
 */
export const runViTBlocks = (
  config: ViTConfig,
  params: Params,
  hidden_BTD: tf.Tensor3D,
  { grid, from = 0, to = config.layers, rotary, classOnly = false, recompute = false }: ViTPass,
): tf.Tensor3D =>
  tf.tidy(() => {
    const tables = config.modelType === "dinov3_vit" ? (rotary ?? vitRotary(config, grid)) : undefined;
    let hidden = hidden_BTD;
    for (let block = from; block < to; block++)
      hidden = vitBlock(config, params, hidden, {
        block,
        rotary: tables,
        recompute,
        classOnly: classOnly && block === to - 1,
      });
    return hidden === hidden_BTD ? hidden.clone() : hidden;
  });

/**
 * Tables of DINOv3's patch positions at a grid, moved by `augmentation` in training.
 *
 * @returns Two tensors, owned by the caller.
 * @category model
 */
export const vitRotary = (
  config: ViTConfig,
  [rows, columns]: readonly [number, number],
  augmentation?: AxialAugmentation,
): RotaryTables =>
  axialRotaryTables({
    rows,
    columns,
    width: config.hiddenSize / config.heads,
    theta: config.ropeTheta,
    prefix: prefixTokens(config),
    augmentation,
  });

/**
 * The final norm over all tokens.
 *
 * @returns `tokens_BTD`, owned by the caller.
 * @category model
 */
export const vitNorm = (config: ViTConfig, params: Params, hidden_BTD: tf.Tensor3D): tf.Tensor3D =>
  layerNorm(hidden_BTD, { ...normOf(params, vitNames(config).norm), epsilon: config.normEpsilon });

/**
 * The whole forward pass: Hugging Face's `last_hidden_state`; row 0 of each image is its `pooler_output`.
 *
 * @param images_BHWC Normalised pixels (see {@link normalizeImages}); sides are multiples of the patch.
 * @returns `tokens_BTD`, owned by the caller: class, registers, patches row by row.
 * @throws {VptError} When a side does not fit the patch or a parameter is missing.
 * @example
 * ```ts
 * import { vitTokens } from "@vpt/vision";
 *
 * const tokens_BTD = vitTokens(vit.config, vit.params, images_BHWC); // [1, 1 + 4 + 196, 384] for ViT-S/16 at 224
 * ```
 * @see Hugging Face `DINOv3ViTModel`, `Dinov2Model`.
 * @category model
 */
export const vitTokens = (
  config: ViTConfig,
  params: Params,
  images_BHWC: tf.Tensor4D,
  options: Pick<ViTPass, "rotary"> = {},
): tf.Tensor3D =>
  tf.tidy(() => {
    const hidden = embedImages(config, params, images_BHWC);
    return vitNorm(
      config,
      params,
      runViTBlocks(config, params, hidden, { ...options, grid: gridOf(config, images_BHWC) }),
    );
  });

/** Patches of these images, rows and columns. */
export const gridOf = ({ patchSize }: ViTConfig, { shape: [, height, width] }: tf.Tensor4D): [number, number] => [
  height / patchSize,
  width / patchSize,
];

/**
 * Returns the class token and the map of patch tokens of a frozen backbone, both after the final norm.
 *
 * @returns New tensors, owned by the caller: `cls_BD`, `patches_BHWD` (rows and columns of patches).
 * @example
 * ```ts
 * import { vitFeatures } from "@vpt/vision";
 *
 * const { patches_BHWD } = vitFeatures(vit.config, vit.params, images_BHWC); // [1, 14, 14, 384]
 * ```
 * @category model
 */
export const vitFeatures = (
  config: ViTConfig,
  params: Params,
  images_BHWC: tf.Tensor4D,
): { readonly cls_BD: tf.Tensor2D; readonly patches_BHWD: tf.Tensor4D } =>
  tf.tidy(() => splitTokens(config, vitTokens(config, params, images_BHWC), gridOf(config, images_BHWC)));

/** Class token and patch map of a pass's tokens. */
export const splitTokens = (
  config: ViTConfig,
  tokens_BTD: tf.Tensor3D,
  [rows, columns]: readonly [number, number],
): { cls_BD: tf.Tensor2D; patches_BHWD: tf.Tensor4D } => {
  const [batch, , width] = tokens_BTD.shape;
  const patches = tf.slice(tokens_BTD, [0, prefixTokens(config), 0], [batch, rows * columns, width]);
  return {
    cls_BD: tf.reshape(tf.slice(tokens_BTD, [0, 0, 0], [batch, 1, width]), [batch, width]),
    patches_BHWD: tf.reshape(patches, [batch, rows, columns, width]),
  };
};
