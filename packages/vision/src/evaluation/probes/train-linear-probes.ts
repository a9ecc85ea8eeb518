import * as tf from "@tensorflow/tfjs";
import { randomFromSeed } from "@vpt/core";
import { epochOrder } from "@vpt/data/images";

/** Features of images, row after row. */
interface Features {
  readonly values: ArrayLike<number>;
  readonly width: number;
}

/** A head of the grid as `evaluateLinearProbe` of `@vpt/eval/imagenet` takes it. */
export interface LinearProbe {
  readonly learningRate: number;
  /** Top-1 on the images held out: what chooses the head. */
  readonly heldOut: number;
  /** Running mean and variance; `weight` is `[classes, width]`. */
  readonly head: Readonly<Record<"mean" | "variance" | "weight" | "bias", ArrayLike<number>>>;
}

/** How the grid of heads is trained. */
export interface LinearProbeOptions {
  readonly classes: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly seed: number;
  /** Of the heads, one each; `probeLearningRates` of `@vpt/eval/imagenet` gives the protocol's. */
  readonly learningRatesOf: (batchSize: number) => readonly number[];
  /** Images held out of the training set to choose the head; by default a tenth, at most 10,000. */
  readonly heldOut?: number;
  readonly onProgress?: (step: number, steps: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Linear-BN probes on stored features, one a learning rate, all trained at once: batch norm without scale or shift (ε
 * 1e-6, momentum 0.1), then a linear layer from `N(0, 0.01²)`; cross-entropy, SGD with momentum 0.9 and a cosine to 0.
 * With `D = (softmax(XW + b) − Y)/B` the gradients are `XᵀD` and the column sums of D, for every head on its own.
 *
 * @throws The signal's reason, when it aborts.
 * @example
 * ```ts
 * import { trainLinearProbes } from "@vpt/vision/evaluation";
 *
 * const probes = await trainLinearProbes(features, labels, { classes: 1000, epochs: 10, batchSize: 1024, seed: 0, learningRatesOf: probeLearningRates });
 * ```
 * @see dinov3 `eval/linear.py`; its batch norm is ours. The quick preset: features without augmentation.
 * @category probes
 */
export async function trainLinearProbes(
  { values, width }: Features,
  labels: ArrayLike<number>,
  options: LinearProbeOptions,
): Promise<LinearProbe[]> {
  const { classes, epochs, batchSize, seed, onProgress, signal } = options;
  const count = labels.length;
  const heldOut = options.heldOut ?? Math.min(10_000, Math.floor(count / 10));
  const split = epochOrder(count, seed);
  const rows = Array.from({ length: count }, (_, i) => split(i));
  const [held, train] = [rows.slice(0, heldOut), rows.slice(heldOut)];
  const size = Math.min(batchSize, train.length);
  const rates = options.learningRatesOf(size);
  const heads = rates.length;
  const steps = epochs * Math.max(1, Math.floor(train.length / size));
  const rowsOf = (at: readonly number[]): tf.Tensor2D => {
    const out = new Float32Array(at.length * width);
    at.forEach((row, i) => {
      for (let d = 0; d < width; d++) out[i * width + d] = values[row * width + d]!;
    });
    return tf.tensor2d(out, [at.length, width]);
  };
  const random = randomFromSeed(seed, "linear probe");
  const one = Float32Array.from({ length: width * classes }, () => 0.01 * random.normal());
  const start = new Float32Array(width * heads * classes);
  for (let d = 0; d < width; d++)
    for (let h = 0; h < heads; h++) start.set(one.subarray(d * classes, (d + 1) * classes), (d * heads + h) * classes);
  const perOutput = tf.tensor1d(rates.flatMap((rate) => Array.from({ length: classes }, () => rate)));
  let state = {
    weight: tf.tensor2d(start, [width, heads * classes]),
    bias: tf.zeros([heads * classes]) as tf.Tensor1D,
    weightSpeed: tf.zeros([width, heads * classes]) as tf.Tensor2D,
    biasSpeed: tf.zeros([heads * classes]) as tf.Tensor1D,
    mean: tf.zeros([width]) as tf.Tensor1D,
    variance: tf.ones([width]) as tf.Tensor1D,
  };
  const itemAt = epochOrder(train.length, seed + 1);
  const probabilities = (logits: tf.Tensor): tf.Tensor3D =>
    tf.softmax(tf.reshape(logits, [-1, heads, classes]) as tf.Tensor3D);
  for (let step = 0; step < steps; step++) {
    signal?.throwIfAborted();
    const at = Array.from({ length: size }, (_, k) => train[itemAt(step * size + k)]!);
    const cosine = (1 + Math.cos((Math.PI * step) / steps)) / 2;
    const previous = state;
    state = tf.tidy(() => {
      const x_BD = rowsOf(at);
      const mean = tf.mean(x_BD, 0) as tf.Tensor1D;
      const centred = tf.sub(x_BD, mean);
      const variance = tf.mean(tf.square(centred), 0) as tf.Tensor1D;
      const normed_BD = tf.div(centred, tf.sqrt(tf.add(variance, 1e-6))) as tf.Tensor2D;
      const logits = tf.add(tf.matMul(normed_BD, previous.weight), previous.bias);
      const truth = tf.expandDims(
        tf.oneHot(
          tf.tensor1d(
            at.map((row) => labels[row]!),
            "int32",
          ),
          classes,
        ),
        1,
      );
      const error = tf.reshape(tf.div(tf.sub(probabilities(logits), truth), size), [
        size,
        heads * classes,
      ]) as tf.Tensor2D;
      const weightSpeed = tf.add(tf.mul(previous.weightSpeed, 0.9), tf.matMul(normed_BD, error, true)) as tf.Tensor2D;
      const biasSpeed = tf.add(tf.mul(previous.biasSpeed, 0.9), tf.sum(error, 0)) as tf.Tensor1D;
      const rate = tf.mul(perOutput, cosine);
      const unbiased = tf.mul(variance, size / Math.max(1, size - 1));
      return {
        weight: tf.sub(previous.weight, tf.mul(weightSpeed, rate)) as tf.Tensor2D,
        bias: tf.sub(previous.bias, tf.mul(biasSpeed, rate)) as tf.Tensor1D,
        weightSpeed,
        biasSpeed,
        mean: tf.add(tf.mul(previous.mean, 0.9), tf.mul(mean, 0.1)) as tf.Tensor1D,
        variance: tf.add(tf.mul(previous.variance, 0.9), tf.mul(unbiased, 0.1)) as tf.Tensor1D,
      };
    });
    tf.dispose(previous);
    if (step % 20 === 19 || step === steps - 1) {
      await state.bias.data(); // lets the queue run dry, and timers run
      onProgress?.(step + 1, steps);
    }
  }
  const right = rates.map(() => 0);
  for (let from = 0; from < held.length; from += 512) {
    const at = held.slice(from, from + 512);
    const best = tf.tidy(() => {
      const x = tf.div(tf.sub(rowsOf(at), state.mean), tf.sqrt(tf.add(state.variance, 1e-6))) as tf.Tensor2D;
      return tf.argMax(tf.reshape(tf.add(tf.matMul(x, state.weight), state.bias), [at.length, heads, classes]), 2);
    });
    const classesOf = await best.data();
    best.dispose();
    at.forEach((row, i) => {
      for (let h = 0; h < heads; h++) if (classesOf[i * heads + h] === labels[row]) right[h]!++;
    });
  }
  const [mean, variance, weight, bias] = await Promise.all(
    [state.mean, state.variance, state.weight, state.bias].map((tensor) => tensor.data()),
  );
  tf.dispose([state, perOutput] as unknown as tf.TensorContainer);
  return rates.map((learningRate, h) => ({
    learningRate,
    heldOut: held.length === 0 ? 0 : right[h]! / held.length,
    head: {
      mean: mean!,
      variance: variance!,
      bias: bias!.slice(h * classes, (h + 1) * classes),
      weight: Float32Array.from(
        { length: classes * width },
        (_, i) => weight![((i % width) * heads + h) * classes + Math.floor(i / width)]!,
      ),
    },
  }));
}
