import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { fixtureNames, loadFixture } from "../__fixtures__/load-fixture.js";
import { checkDecoderParams } from "./decoder-shapes.js";
import { decoderLogits } from "./decoder.js";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

describe.each(fixtureNames)("%s against transformers", (name) => {
  const fixture = () => loadFixture(name);

  it("gives the same logits to 1e-4, and the same when a batch is padded on the right", () => {
    const { config, params, golden, logits } = fixture();
    checkDecoderParams(config, params);
    const longest = Math.max(...golden.prompts.map((prompt) => prompt.length));
    const padded = golden.prompts.map((prompt) => [
      ...prompt,
      ...Array.from({ length: longest - prompt.length }, () => 0),
    ]);
    const logits_BTV = decoderLogits(config, params, tf.tensor2d(padded, undefined, "int32"));
    golden.prompts.forEach((prompt, i) => {
      const ours = tf.squeeze(tf.slice(logits_BTV, [i, 0, 0], [1, prompt.length, config.vocabSize]), [0]);
      expect(tf.max(tf.abs(tf.sub(ours, logits[i]!))).dataSync()[0]).toBeLessThan(1e-4);
      const alone = tf.squeeze(decoderLogits(config, params, tf.tensor2d([[...prompt]], undefined, "int32")), [0]);
      expect(tf.max(tf.abs(tf.sub(alone, logits[i]!))).dataSync()[0]).toBeLessThan(1e-4);
    });
  });

  it("gives the same gradients to 1e-3 of their norm", () => {
    const { config, params, golden } = fixture();
    const prompt = golden.prompts[0]!;
    const ids_BT = tf.tensor2d([[...prompt]], undefined, "int32");
    const next_TV = tf.oneHot(tf.tensor1d(prompt.slice(1), "int32"), config.vocabSize);
    const names = Object.keys(golden.gradients);
    const { value, grads } = tf.valueAndGrads((...tensors: tf.Tensor[]) => {
      const logits_BTV = decoderLogits(config, Object.fromEntries(names.map((n, i) => [n, tensors[i]!])), ids_BT);
      const logProbs_TV = tf.logSoftmax(
        tf.squeeze(tf.slice(logits_BTV, 0, [1, prompt.length - 1, config.vocabSize]), [0]),
      );
      return tf.neg(tf.mean(tf.sum(tf.mul(next_TV, logProbs_TV), 1)));
    })(names.map((n) => params[n]!));
    expect(value.dataSync()[0]).toBeCloseTo(golden.loss, 4);
    names.forEach((n, i) => {
      const { norm, first } = golden.gradients[n]!;
      const slack = 1e-3 * norm;
      expect(Math.abs(tf.norm(grads[i]!).dataSync()[0]! - norm), n).toBeLessThan(slack);
      const ours = grads[i]!.dataSync();
      first.forEach((expected, j) => expect(Math.abs(ours[j]! - expected), n).toBeLessThan(slack));
    });
  });
});
