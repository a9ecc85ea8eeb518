import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { readFloats } from "../testing/index.js";
import { loadViT } from "./load-vit.js";
import { vitTokens } from "./vit.js";
import { fileURLToPath } from "node:url";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const folder = (name: string): URL => new URL(`../__fixtures__/${name}/`, import.meta.url);
const largest = (a: tf.Tensor, b: tf.Tensor): number => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!;

describe.each(["dinov3", "dinov3-gated", "dinov2"])("%s against transformers", (name) => {
  const golden = readFloats(new URL("golden.safetensors", folder(name)));
  const gradients = JSON.parse(readFileSync(new URL("golden.json", folder(name)), "utf8")) as Record<string, unknown>;

  it.each([0, 1])(
    "gives the same tokens to 1e-4 at size %i, and the same gradients to 1e-3 of their norm",
    async (i) => {
      const { config, params } = await loadViT(fileURLToPath(folder(name)));
      const images = golden[`pixels_${i}`] as tf.Tensor4D;
      const tokens = vitTokens(config, params, images);
      expect(largest(tokens, golden[`tokens_${i}`]!)).toBeLessThan(1e-4);
      expect(largest(tf.squeeze(tf.slice(tokens, [0, 0, 0], [1, 1, -1]), [1]), golden[`pooled_${i}`]!)).toBeLessThan(
        1e-4,
      );

      const names = Object.keys(params);
      const { value, grads } = tf.valueAndGrads((...tensors: tf.Tensor[]) =>
        tf.mean(tf.square(vitTokens(config, Object.fromEntries(names.map((n, k) => [n, tensors[k]!])), images))),
      )(names.map((n) => params[n]!));
      expect(value.dataSync()[0]).toBeCloseTo(gradients[`loss_${i}`] as number, 4);
      const norms = gradients[`norms_${i}`] as Record<string, number>;
      expect(names.length).toBe(Object.keys(norms).length);
      names.forEach((n, k) => {
        const slack = 1e-3 * Math.max(norms[n]!, 1e-3); // a key's bias moves nothing: its gradient is rounding
        expect(Math.abs(tf.norm(grads[k]!).dataSync()[0]! - norms[n]!), n).toBeLessThan(slack);
      });
    },
  );
});
