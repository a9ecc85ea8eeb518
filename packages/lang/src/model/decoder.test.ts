import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { jvp } from "@vpt/autodiff";
import { VptError, type Params } from "@vpt/core";
import { parseDecoderConfig } from "./decoder-config.js";
import { decoderLogits, embedTokens, finalNorm, runBlocks, unembed } from "./decoder.js";
import { initDecoder } from "./init-decoder.js";
import { lastBlockParameters } from "./last-block-parameters.js";

const config = parseDecoderConfig({
  model_type: "qwen2",
  vocab_size: 20,
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 3,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  initializer_range: 0.3,
  tie_word_embeddings: true,
});
const ids = [
  [3, 1, 4, 1, 5],
  [9, 2, 6, 5, 3],
];

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const distance = (a: tf.Tensor, b: tf.Tensor): number => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!;

describe("decoderLogits", () => {
  it("is causal: a later token never changes an earlier logit", () => {
    const params = initDecoder(config, 0);
    const whole = decoderLogits(config, params, tf.tensor2d(ids, undefined, "int32"));
    const part = decoderLogits(
      config,
      params,
      tf.tensor2d(
        ids.map((row) => row.slice(0, 3)),
        undefined,
        "int32",
      ),
    );
    expect(distance(tf.slice(whole, [0, 0, 0], [2, 3, 20]), part)).toBeLessThan(1e-6);
  });

  it("equals its pieces, cut at any block", () => {
    const params = initDecoder(config, 0);
    const ids_BT = tf.tensor2d(ids, undefined, "int32");
    const whole = decoderLogits(config, params, ids_BT);
    for (const cut of [0, 1, 3]) {
      const prefix = runBlocks(config, params, embedTokens(config, params, ids_BT), { to: cut });
      const hidden = finalNorm(config, params, runBlocks(config, params, prefix, { from: cut }));
      const logits = unembed(config, params, tf.reshape(hidden, [10, 16]));
      expect(distance(tf.reshape(whole, [10, 20]), logits)).toBe(0);
    }
  });

  it("frees everything but the logits", () => {
    const params = initDecoder(config, 0);
    const ids_BT = tf.tensor2d(ids, undefined, "int32");
    const before = tf.memory().numTensors;
    decoderLogits(config, params, ids_BT);
    expect(tf.memory().numTensors).toBe(before + 1);
  });

  it("names the parameter that is not there", () => {
    const { "model.norm.weight": _norm, ...params } = initDecoder(config, 0);
    expect(() => decoderLogits(config, params, tf.tensor2d(ids, undefined, "int32"))).toThrow(VptError);
    expect(() => decoderLogits(config, params, tf.tensor2d(ids, undefined, "int32"))).toThrow("model.norm.weight");
  });
});

describe("gradients", () => {
  it("agree with finite differences along themselves, for every parameter", () => {
    const params = initDecoder(config, 1);
    const names = Object.keys(params);
    const ids_BT = tf.tensor2d(ids, undefined, "int32");
    const loss = (values: Params): tf.Scalar =>
      tf.tidy(() => tf.mean(tf.square(tf.logSoftmax(decoderLogits(config, values, ids_BT)))) as tf.Scalar);
    const gradients = tf.grads((...tensors: tf.Tensor[]) =>
      loss(Object.fromEntries(names.map((name, i) => [name, tensors[i]!]))),
    )(names.map((name) => params[name]!));
    names.forEach((name, i) => {
      const direction = gradients[i]!;
      const norm = tf.norm(direction).dataSync()[0]!;
      const step = 2e-2 / norm; // four points: the error of two is the curvature's, and float32 allows no shorter step
      const at = (sign: number): number =>
        loss({ ...params, [name]: tf.add(params[name]!, tf.mul(direction, sign * step)) }).dataSync()[0]!;
      const numeric = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * step);
      expect(Math.abs(numeric / norm ** 2 - 1), name).toBeLessThan(2e-2);
    });
  });
});

describe("tangents", () => {
  it("every kernel has one: jvp along the gradient is its squared norm", () => {
    const params = initDecoder(config, 1);
    const names = lastBlockParameters(config, 1);
    const ids_BT = tf.tensor2d(ids, undefined, "int32");
    const loss = (...tensors: tf.Tensor[]): tf.Scalar =>
      tf.tidy(() => {
        const moved = { ...params, ...Object.fromEntries(names.map((name, i) => [name, tensors[i]!])) };
        return tf.mean(tf.square(tf.logSoftmax(decoderLogits(config, moved, ids_BT)))) as tf.Scalar;
      });
    const tail = names.map((name) => params[name]!);
    const gradients = tf.grads(loss)(tail);
    const squared = gradients.reduce((sum, g) => sum + tf.sum(tf.square(g)).dataSync()[0]!, 0);
    const { tangent } = jvp(loss, tail, gradients);
    expect(tangent.dataSync()[0]! / squared).toBeCloseTo(1, 4);
  });
});

describe("lastBlockParameters", () => {
  it("names the last block and the norm, not the head", () => {
    const names = lastBlockParameters(config, 1);
    expect(names).toHaveLength(13);
    expect(names.every((name) => name.startsWith("model.layers.2.") || name === "model.norm.weight")).toBe(true);
  });
});
