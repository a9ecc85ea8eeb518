import * as tf from "@tensorflow/tfjs";
import { useBackend } from "@vpt/backend";
import { adamW, type Params } from "@vpt/core";
import { beforeAll, describe, expect, it } from "vitest";
import {
  collateDense,
  convHead,
  denseEvaluator,
  depthLoss,
  headStep,
  initHeads,
  linearHead,
  segmentationLoss,
} from "./index.js";
import { scenes } from "../testing/index.js";

beforeAll(async () => {
  await useBackend({ threads: 1, log: () => undefined });
});

const number = (x: tf.Tensor): number => x.dataSync()[0]!;

type Image = number[][][];

/** The decoder of {@link convHead} at evaluation, of images `[H][W][D]`: loops of its definition. */
function convDecoder(params: Params, images: readonly Image[]): Image[] {
  const of = <T>(name: string): T => params[`h.${name}`]!.arraySync() as T;
  const convolved = (image: Image, i: 1 | 2): Image => {
    const weight = of<number[][][][]>(`conv${i}.weight`); // [out][in][3][3], no bias
    const [mean, variance] = [of<number[]>(`norm${i}.running_mean`), of<number[]>(`norm${i}.running_var`)];
    const [scale, shift] = [of<number[]>(`norm${i}.weight`), of<number[]>(`norm${i}.bias`)];
    const at = (y: number, x: number, d: number): number => image[y]?.[x]?.[d] ?? 0;
    return image.map((row, y) =>
      row.map((_, x) =>
        weight.map((kernel, o) => {
          const sum = kernel.reduce(
            (all, plane, d) =>
              all +
              plane.reduce((s, line, i) => s + line.reduce((t, w, j) => t + w * at(y + i - 1, x + j - 1, d), 0), 0),
            0,
          );
          return Math.max(0, ((sum - mean[o]!) / Math.sqrt(variance[o]! + 1e-5)) * scale[o]! + shift[o]!);
        }),
      ),
    );
  };
  /** Two neighbours and their weights at place `o` of twice `n` pixels; centres of pixels, borders repeat. */
  const neighbours = (o: number, n: number): readonly (readonly [number, number])[] => {
    const place = Math.min(n - 1, Math.max(0, (o + 0.5) / 2 - 0.5));
    const low = Math.floor(place);
    return [
      [low, 1 - (place - low)],
      [Math.min(n - 1, low + 1), place - low],
    ];
  };
  const [weight, bias] = [of<number[][]>("conv.weight"), of<number[]>("conv.bias")];
  return images.map((image) => {
    const hidden = convolved(convolved(image, 1), 2);
    const [rows, columns] = [hidden.length, hidden[0]!.length];
    return Array.from({ length: 2 * rows }, (_, y) =>
      Array.from({ length: 2 * columns }, (__, x) =>
        weight.map((of, k) => {
          const channel = (d: number): number =>
            neighbours(y, rows).reduce(
              (sum, [i, a]) => sum + neighbours(x, columns).reduce((s, [j, b]) => s + a * b * hidden[i]![j]![d]!, 0),
              0,
            );
          return of.reduce((sum, w, d) => sum + w * channel(d), bias[k]!);
        }),
      ),
    );
  });
}

describe("losses", () => {
  it("segmentation is the mean of −log p over labels that are classes", () => {
    const map = tf.tensor4d([1, 2, 0, 0, 5, 1, 3, 3], [1, 2, 2, 2]);
    const labels = tf.tensor3d([0, 1, 255, 1], [1, 2, 2], "int32");
    const nll = (a: number, b: number, y: 0 | 1): number => Math.log(Math.exp(a) + Math.exp(b)) - [a, b][y]!;
    const sum = nll(1, 2, 0) + nll(0, 0, 1) + nll(3, 3, 1);
    expect(number(segmentationLoss(map, labels))).toBeCloseTo(sum / 3, 5);
    expect(number(segmentationLoss(map, labels, { average: "all" }))).toBeCloseTo(sum / 4, 5);
    expect(number(segmentationLoss(map, tf.fill([1, 2, 2], 255, "int32") as tf.Tensor3D))).toBeCloseTo(0, 9);
  });

  it("depth counts measured pixels only: not 0, not NaN, not infinite", () => {
    const predicted = tf.tensor4d([1, 2, 3, 4, 5, 6], [1, 2, 3, 1]);
    const truth = tf.tensor3d([2, 0, Number.NaN, 4.5, Number.POSITIVE_INFINITY, -1], [1, 2, 3]);
    expect(number(depthLoss(predicted, truth, { power: 1 }))).toBeCloseTo(0.75, 5);
    expect(number(depthLoss(predicted, truth, { power: 2 }))).toBeCloseTo((1 + 0.25) / 2, 5);
    const gradient = tf.grad((p: tf.Tensor) => depthLoss(p as tf.Tensor4D, truth, { power: 1 }))(predicted);
    expect([...gradient.dataSync()].map((g) => g + 0)).toEqual([-0.5, 0, 0, -0.5, 0, 0]);
  });
});

describe("heads", () => {
  it("linear: standardised channels in training, running statistics later", () => {
    const head = linearHead({ width: 3, outputs: 2 });
    const params = head.init("h", 0);
    const features = tf.randomNormal([2, 4, 4, 3], 5, 2, "float32", 1) as tf.Tensor4D;
    const { map_BHWK, statistics } = head.apply(params, "h", features, { training: true });
    expect(map_BHWK.shape).toEqual([2, 4, 4, 2]);
    const { mean, variance } = tf.moments(tf.reshape(features, [32, 3]), 0);
    const unbiased = tf.mul(variance, 32 / 31);
    tf.util
      .flatten(statistics["h.norm.running_mean"]!.arraySync() as number[])
      .forEach((m, c) => expect(m).toBeCloseTo(0.1 * mean.dataSync()[c]!, 4));
    tf.util
      .flatten(statistics["h.norm.running_var"]!.arraySync() as number[])
      .forEach((v, c) => expect(v).toBeCloseTo(0.9 + 0.1 * unbiased.dataSync()[c]!, 4));
    const settled = { ...params, "h.norm.running_mean": mean, "h.norm.running_var": variance };
    const evaluated = head.apply(settled, "h", features);
    expect(number(tf.max(tf.abs(tf.sub(evaluated.map_BHWK, map_BHWK))))).toBeLessThan(1e-5);
    expect(evaluated.statistics).toEqual({});
  });

  it("conv decoder: two convolutions with norm and ReLU, twice the size, as by loops in float64", () => {
    const head = convHead({ width: 3, outputs: 2, hidden: 4 });
    const params = Object.fromEntries(
      Object.entries(head.init("h", 0)).map(([name, tensor], i) => {
        const noise = tf.randomUniform(tensor.shape, 0.5, 1.5, "float32", i + 1); // no parameter stays at 0 or 1
        return [name, name.endsWith("weight") && tensor.rank > 1 ? tensor : noise];
      }),
    );
    const features = tf.randomNormal([2, 4, 5, 3], 0, 1, "float32", 3) as tf.Tensor4D;
    const { map_BHWK, statistics } = head.apply(params, "h", features);
    expect(map_BHWK.shape).toEqual([2, 8, 10, 2]);
    expect(statistics).toEqual({});
    const expected = convDecoder(params, features.arraySync());
    const given = map_BHWK.arraySync();
    for (const [b, image] of expected.entries())
      for (const [y, row] of image.entries())
        for (const [x, pixel] of row.entries())
          pixel.forEach((value, k) => expect(given[b]![y]![x]![k]).toBeCloseTo(value, 4));
    const trained = head.apply(params, "h", features, { training: true }).statistics;
    const names = ["norm1", "norm2"].flatMap((norm) => [`h.${norm}.running_mean`, `h.${norm}.running_var`]);
    expect(Object.keys(trained).sort()).toEqual(names.sort());
  });

  it("learn labels and depth from colours, and leak nothing", () => {
    const evaluator = denseEvaluator(3, { segmentation: { classes: 5 }, depth: { weight: 0.1 } });
    const batch = collateDense(scenes(6));
    const features_BHWD = tf.avgPool(batch.images_BHWC, 4, 4, "valid");
    const optimizer = adamW();
    let heads = initHeads(evaluator, optimizer, 0);
    const losses: number[] = [];
    let tensors = 0;
    for (let step = 0; step < 30; step++) {
      const previous = heads;
      const { state, loss } = headStep(evaluator, optimizer, previous, { ...batch, features_BHWD } as never, 3e-2);
      losses.push(number(loss));
      tf.dispose([loss, previous.params, previous.optimizer.first, previous.optimizer.second]);
      heads = state;
      if (step === 1) tensors = tf.memory().numTensors;
    }
    expect(tf.memory().numTensors).toBe(tensors);
    expect(losses.at(-1)!).toBeLessThan(0.75 * losses[0]!);
    const { labels_BHW, depth_BHW } = evaluator.predict(heads.params, features_BHWD, [16, 16]);
    expect(labels_BHW!.shape).toEqual([6, 16, 16]);
    expect(Math.min(...depth_BHW!.dataSync())).toBeGreaterThan(0);
  });

  it("refuses what it cannot serve", () => {
    expect(() => denseEvaluator(3, {})).toThrow(/no task/);
    const evaluator = denseEvaluator(3, { depth: {} });
    const [{ image }] = scenes(1) as [ReturnType<typeof scenes>[number]];
    const batch = collateDense([{ image }]);
    expect(() => evaluator.loss(evaluator.init(0), batch.images_BHWC, batch)).toThrow(/no depth/);
    expect(() => collateDense([...scenes(1), ...scenes(1, 8)])).toThrow(/resize them to one size/);
  });
});
