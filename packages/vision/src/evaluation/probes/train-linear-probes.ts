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
 * import { extractFeatures, probeLearningRates } from "@vpt/eval/imagenet";
 * import { imagenetView, vitExtractor } from "@vpt/vision";
 * import { openImageClasses, trainLinearProbes } from "@vpt/vision/evaluation";
 *
 * const { train, classes } = await openImageClasses("imagenet");
 * const features = await extractFeatures(vitExtractor(vit, { view: (image) => imagenetView(image) }), train);
 * const labels = features.kept.map((i) => train[i]!.label);
 * const schedule = { epochs: 10, batchSize: 1024, seed: 0, learningRatesOf: probeLearningRates };
 * const probes = await trainLinearProbes(features, labels, { classes: classes.length, ...schedule });
 * ```
 * @see dinov3 `eval/linear.py`; its batch norm is ours. The quick preset: features without augmentation.
 * @category probes
 */
export async function trainLinearProbes(
  features: Features,
  labels: ArrayLike<number>,
  options: LinearProbeOptions,
): Promise<LinearProbe[]> {
  const { classes, epochs, batchSize, seed, onProgress, signal } = options;
  const [held, train] = holdOut(labels.length, options);
  const size = Math.min(batchSize, train.length);
  const rates = options.learningRatesOf(size);
  const shape: GridShape = { width: features.width, heads: rates.length, classes };
  const steps = epochs * Math.max(1, Math.floor(train.length / size));
  const perOutput = tf.tensor1d(rates.flatMap((rate) => Array.from({ length: classes }, () => rate)));
  let state = startGrid(shape, seed);
  const itemAt = epochOrder(train.length, seed + 1);
  for (let step = 0; step < steps; step++) {
    signal?.throwIfAborted();
    const at = Array.from({ length: size }, (_, k) => train[itemAt(step * size + k)]!);
    const cosine = (1 + Math.cos((Math.PI * step) / steps)) / 2;
    const previous = state;
    state = tf.tidy(() => {
      const truth = tf.tensor1d(
        at.map((row) => labels[row]!),
        "int32",
      );
      return stepGrid(previous, rowsOf(features, at), truth, { ...shape, rates: tf.mul(perOutput, cosine) });
    });
    tf.dispose(previous);
    if (step % 20 === 19 || step === steps - 1) {
      await state.bias.data(); // lets the queue run dry, and timers run
      onProgress?.(step + 1, steps);
    }
  }
  const right = await countRight(state, shape, features, labels, held);
  const headAt = await readHeads(state, shape);
  tf.dispose([state, perOutput] as unknown as tf.TensorContainer);
  return rates.map((learningRate, h) => ({
    learningRate,
    heldOut: held.length === 0 ? 0 : right[h]! / held.length,
    head: headAt(h),
  }));
}

/** The grid: `heads` linear layers side by side on the same normalised features. */
interface GridShape {
  readonly width: number;
  readonly heads: number;
  readonly classes: number;
}

/** Weights and their momentum, `[width, heads · classes]`, biases, and the running statistics of the features. */
type Grid = Readonly<Record<"weight" | "weightSpeed", tf.Tensor2D>> &
  Readonly<Record<"bias" | "biasSpeed" | "mean" | "variance", tf.Tensor1D>>;

/** Shuffled rows: those held out to choose a head, and those to train on. */
function holdOut(count: number, { heldOut, seed }: LinearProbeOptions): [held: number[], train: number[]] {
  const held = heldOut ?? Math.min(10_000, Math.floor(count / 10));
  const split = epochOrder(count, seed);
  const rows = Array.from({ length: count }, (_, i) => split(i));
  return [rows.slice(0, held), rows.slice(held)];
}

function rowsOf({ values, width }: Features, at: readonly number[]): tf.Tensor2D {
  const out = new Float32Array(at.length * width);
  at.forEach((row, i) => {
    for (let d = 0; d < width; d++) out[i * width + d] = values[row * width + d]!;
  });
  return tf.tensor2d(out, [at.length, width]);
}

/** Every head starts at the same weights. */
function startGrid({ width, heads, classes }: GridShape, seed: number): Grid {
  const random = randomFromSeed(seed, "linear probe");
  const one = Float32Array.from({ length: width * classes }, () => 0.01 * random.normal());
  const start = new Float32Array(width * heads * classes);
  for (let d = 0; d < width; d++)
    for (let h = 0; h < heads; h++) start.set(one.subarray(d * classes, (d + 1) * classes), (d * heads + h) * classes);
  return {
    weight: tf.tensor2d(start, [width, heads * classes]),
    bias: tf.zeros([heads * classes]) as tf.Tensor1D,
    weightSpeed: tf.zeros([width, heads * classes]) as tf.Tensor2D,
    biasSpeed: tf.zeros([heads * classes]) as tf.Tensor1D,
    mean: tf.zeros([width]) as tf.Tensor1D,
    variance: tf.ones([width]) as tf.Tensor1D,
  };
}

/** One step of all heads at their `rates`, one an output. */
function stepGrid(
  previous: Grid,
  x_BD: tf.Tensor2D,
  labels_B: tf.Tensor1D,
  { heads, classes, rates }: GridShape & { readonly rates: tf.Tensor },
): Grid {
  const size = x_BD.shape[0];
  const mean = tf.mean(x_BD, 0) as tf.Tensor1D;
  const centred = tf.sub(x_BD, mean);
  const variance = tf.mean(tf.square(centred), 0) as tf.Tensor1D;
  const normed_BD = tf.div(centred, tf.sqrt(tf.add(variance, 1e-6))) as tf.Tensor2D;
  const logits = tf.add(tf.matMul(normed_BD, previous.weight), previous.bias);
  const probabilities = tf.softmax(tf.reshape(logits, [-1, heads, classes]) as tf.Tensor3D);
  const truth = tf.expandDims(tf.oneHot(labels_B, classes), 1);
  const error = tf.reshape(tf.div(tf.sub(probabilities, truth), size), [size, heads * classes]) as tf.Tensor2D;
  const weightSpeed = tf.add(tf.mul(previous.weightSpeed, 0.9), tf.matMul(normed_BD, error, true)) as tf.Tensor2D;
  const biasSpeed = tf.add(tf.mul(previous.biasSpeed, 0.9), tf.sum(error, 0)) as tf.Tensor1D;
  const unbiased = tf.mul(variance, size / Math.max(1, size - 1));
  return {
    weight: tf.sub(previous.weight, tf.mul(weightSpeed, rates)) as tf.Tensor2D,
    bias: tf.sub(previous.bias, tf.mul(biasSpeed, rates)) as tf.Tensor1D,
    weightSpeed,
    biasSpeed,
    mean: tf.add(tf.mul(previous.mean, 0.9), tf.mul(mean, 0.1)) as tf.Tensor1D,
    variance: tf.add(tf.mul(previous.variance, 0.9), tf.mul(unbiased, 0.1)) as tf.Tensor1D,
  };
}

/** How many of the rows each head classifies right. */
async function countRight(
  state: Grid,
  { heads, classes }: GridShape,
  features: Features,
  labels: ArrayLike<number>,
  rows: readonly number[],
): Promise<number[]> {
  const right = Array.from({ length: heads }, () => 0);
  for (let from = 0; from < rows.length; from += 512) {
    const at = rows.slice(from, from + 512);
    const best = tf.tidy(() => {
      const centred = tf.sub(rowsOf(features, at), state.mean);
      const x = tf.div(centred, tf.sqrt(tf.add(state.variance, 1e-6))) as tf.Tensor2D;
      return tf.argMax(tf.reshape(tf.add(tf.matMul(x, state.weight), state.bias), [at.length, heads, classes]), 2);
    });
    const classesOf = await best.data();
    best.dispose();
    at.forEach((row, i) => {
      for (let h = 0; h < heads; h++) if (classesOf[i * heads + h] === labels[row]) right[h]!++;
    });
  }
  return right;
}

/** Reads the grid once; returns its heads by index. */
async function readHeads(
  state: Grid,
  { width, heads, classes }: GridShape,
): Promise<(head: number) => LinearProbe["head"]> {
  const [mean, variance, weight, bias] = await Promise.all(
    [state.mean, state.variance, state.weight, state.bias].map((tensor) => tensor.data()),
  );
  return (h) => ({
    mean: mean!,
    variance: variance!,
    bias: bias!.slice(h * classes, (h + 1) * classes),
    weight: Float32Array.from(
      { length: classes * width },
      (_, i) => weight![((i % width) * heads + h) * classes + Math.floor(i / width)]!,
    ),
  });
}
