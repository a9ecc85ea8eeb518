import * as tf from "@tensorflow/tfjs";

export interface TransformerShape {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly vocabulary: number;
}

export type Weights = Readonly<Record<string, tf.Tensor>>;

/** Random weights of a small decoder for tests and timings of this package. */
export const smallTransformer = ({ layers, width, vocabulary }: TransformerShape): Weights => {
  let seed = 1;
  const weight = (...shape: number[]) => tf.randomNormal(shape, 0, 0.05, "float32", seed++);
  const weights: Record<string, tf.Tensor> = { embed: weight(vocabulary, width), norm: tf.ones([width]) };
  for (let i = 0; i < layers; i++) {
    weights[`${i}.norm1`] = tf.ones([width]);
    weights[`${i}.norm2`] = tf.ones([width]);
    weights[`${i}.qkv`] = weight(width, 3 * width);
    weights[`${i}.out`] = weight(width, width);
    weights[`${i}.up`] = weight(width, 4 * width);
    weights[`${i}.down`] = weight(4 * width, width);
  }
  return weights;
};

const norm = (x: tf.Tensor, scale: tf.Tensor) =>
  tf.mul(tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), 1e-6))), scale);

/** Mean next-token cross-entropy; ids and next are [batch · tokens] int32. */
export const transformerLoss = (
  weights: Weights,
  ids: tf.Tensor1D,
  next: tf.Tensor1D,
  { layers, width, heads, vocabulary }: TransformerShape,
  batch: number,
): tf.Scalar => {
  const tokens = ids.size / batch;
  let x: tf.Tensor = tf.gather(weights["embed"]!, ids);
  const mask = tf.mul(tf.sub(1, tf.linalg.bandPart(tf.ones([tokens, tokens]), -1, 0)), -1e9);
  for (let i = 0; i < layers; i++) {
    const qkv = tf.matMul(norm(x, weights[`${i}.norm1`]!) as tf.Tensor2D, weights[`${i}.qkv`] as tf.Tensor2D);
    const [q, k, v] = tf
      .split(qkv, 3, 1)
      .map((part) => part.reshape([batch, tokens, heads, width / heads]).transpose([0, 2, 1, 3])) as tf.Tensor4D[];
    const scores = tf.add(tf.mul(tf.matMul(q!, k!, false, true), (width / heads) ** -0.5), mask);
    const mixed = tf
      .matMul(tf.softmax(scores), v!)
      .transpose([0, 2, 1, 3])
      .reshape([batch * tokens, width]);
    x = tf.add(x, tf.matMul(mixed as tf.Tensor2D, weights[`${i}.out`] as tf.Tensor2D));
    const up = tf.matMul(norm(x, weights[`${i}.norm2`]!) as tf.Tensor2D, weights[`${i}.up`] as tf.Tensor2D);
    x = tf.add(x, tf.matMul(tf.mul(up, tf.sigmoid(up)) as tf.Tensor2D, weights[`${i}.down`] as tf.Tensor2D));
  }
  const logits = tf.matMul(norm(x, weights["norm"]!) as tf.Tensor2D, weights["embed"] as tf.Tensor2D, false, true);
  return tf.losses.softmaxCrossEntropy(tf.oneHot(next, vocabulary), logits);
};

export interface StepResult {
  readonly loss: tf.Tensor;
  readonly weights: Weights;
}

/** One step of gradient descent: a pure function from weights to weights. */
export const trainStep =
  (shape: TransformerShape, batch: number, learningRate: number) =>
  (weights: Weights, ids: tf.Tensor1D, next: tf.Tensor1D): StepResult => {
    const names = Object.keys(weights);
    const loss = (...values: tf.Tensor[]) =>
      transformerLoss(Object.fromEntries(names.map((name, i) => [name, values[i]!])), ids, next, shape, batch);
    const { value, grads } = tf.valueAndGrads(loss)(names.map((name) => weights[name]!));
    const moved = names.map((name, i) => [name, tf.sub(weights[name]!, tf.mul(grads[i]!, learningRate))]);
    return { loss: value, weights: Object.fromEntries(moved) as Weights };
  };
