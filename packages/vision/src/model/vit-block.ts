import { checkpointed as recomputed } from "@vpt/autodiff";
import * as tf from "@tensorflow/tfjs";
import type { Params } from "@vpt/core";
import { applyRotary, attention, gelu, layerNorm, linear, swiGlu, type RotaryTables } from "@vpt/nn";
import { linearOf, normOf, parameter } from "../parameter.js";
import type { ViTConfig } from "./vit-config.js";
import { vitNames } from "./vit-names.js";

// Axes: B batch, T tokens, D width, H heads, C width of a head

/** Which block, and how it is run. */
interface BlockOptions {
  readonly block: number;
  readonly rotary?: RotaryTables | undefined;
  /** Computes the output of the class token alone, `[B, 1, D]`: only it has a query; keys are of all tokens. */
  readonly classOnly?: boolean;
  /** Recomputes norms and GELU in the backward pass instead of storing them. */
  readonly recompute?: boolean;
}

/** One pre-norm block with LayerScale: `x += λ₁ ⊙ attention(norm(x))`, `x += λ₂ ⊙ mlp(norm(x))`. */
export function vitBlock(
  config: ViTConfig,
  params: Params,
  hidden_BTD: tf.Tensor3D,
  { block, rotary, classOnly = false, recompute = false }: BlockOptions,
): tf.Tensor3D {
  const { heads, normEpsilon: epsilon, gated } = config;
  const [batch, tokens, width] = hidden_BTD.shape;
  const names = vitNames(config);
  const weights = (part: Parameters<typeof names.block>[1]) => linearOf(params, names.block(block, part));
  /** `f`, all of it kept for the gradient or only what goes in. */
  const run = (
    f: (x: tf.Tensor2D, weights: Readonly<Record<string, tf.Tensor>>) => tf.Tensor2D,
    x: tf.Tensor2D,
    weights: Readonly<Record<string, tf.Tensor>> = {},
  ): tf.Tensor2D => (recompute ? recomputed(f, x, weights) : f(x, weights));
  const norm = (x: tf.Tensor2D, part: "norm1" | "norm2"): tf.Tensor2D =>
    run(
      (x, weights) => layerNorm(x, { ...(weights as ReturnType<typeof normOf>), epsilon }),
      x,
      normOf(params, names.block(block, part)),
    );
  const scale = (x: tf.Tensor2D, part: "layer_scale1.lambda1" | "layer_scale2.lambda1"): tf.Tensor2D =>
    tf.mul(x, parameter(params, names.block(block, part)));
  const split = (rows: tf.Tensor2D): tf.Tensor4D =>
    tf.transpose(tf.reshape(rows, [batch, rows.shape[0] / batch, heads, width / heads]), [0, 2, 1, 3]);
  const asking = classOnly ? 1 : tokens;
  const askingRows = (rows: tf.Tensor2D): tf.Tensor2D =>
    classOnly
      ? tf.reshape(tf.slice(tf.reshape(rows, [batch, tokens, width]), [0, 0, 0], [batch, 1, width]), [batch, width])
      : rows;
  const turn = (x_BHTC: tf.Tensor4D): tf.Tensor4D => (rotary ? applyRotary(x_BHTC, rotary) : x_BHTC);

  const x = tf.reshape<tf.Rank.R2>(hidden_BTD, [batch * tokens, width]); // rows: batch and time folded
  const normed = norm(x, "norm1");
  const mixed = attention(
    // a class token is not turned
    classOnly ? split(linear(askingRows(normed), weights("query"))) : turn(split(linear(normed, weights("query")))),
    turn(split(linear(normed, weights("key")))),
    split(linear(normed, weights("value"))),
  );
  const rows = tf.reshape<tf.Rank.R2>(mixed, [batch * asking, width]);
  const attended = tf.add<tf.Tensor2D>(askingRows(x), scale(linear(rows, weights("output")), "layer_scale1.lambda1"));
  const inner = norm(attended, "norm2");
  const fed = gated
    ? swiGlu(inner, { gate: weights("gate"), up: weights("up"), down: weights("down") })
    : linear(
        run((x) => gelu(x), linear(inner, weights("up"))),
        weights("down"),
      );
  return tf.reshape(tf.add(attended, scale(fed, "layer_scale2.lambda1")), [batch, asking, width]);
}
