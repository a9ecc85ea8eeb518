// Scalar functions written twice: with tfjs, and in plain float64 JavaScript from the formula.
import * as tf from "@tensorflow/tfjs";

/** One scalar function of a vector of parameters. */
export interface Model {
  readonly name: string;
  readonly shapes: readonly (readonly number[])[];
  readonly f: (...xs: tf.Tensor[]) => tf.Tensor;
  /** The same in float64, on flat row-major inputs. */
  readonly reference: (...xs: number[][]) => number;
}

const total = (xs: readonly number[]): number => xs.reduce((sum, x) => sum + x, 0);
const rows = (x: readonly number[], width: number): number[][] =>
  Array.from({ length: x.length / width }, (_, i) => x.slice(i * width, (i + 1) * width));
const weight = (i: number): number => Math.sin(i + 1); // uneven, so that symmetries hide no error
const weighted = (xs: readonly number[]): number => total(xs.map((x, i) => x * weight(i)));
const weightedSum = (x: tf.Tensor): tf.Tensor =>
  tf.sum(tf.mul(tf.reshape(x, [-1]), tf.tensor1d(Array.from({ length: x.size }, (_, i) => weight(i)))));

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const softmax = (row: readonly number[]): number[] => {
  const exps = row.map(Math.exp);
  return exps.map((e) => e / total(exps));
};
const c = Math.sqrt(2 / Math.PI);

export const models: readonly Model[] = [
  {
    name: "SiLU",
    shapes: [[6]],
    f: (x) => weightedSum(tf.mul(x!, tf.sigmoid(x!))),
    reference: (x) => weighted(x!.map((z) => z * sigmoid(z))),
  },
  {
    name: "tanh-GELU",
    shapes: [[6]],
    f: (x) => {
      const inner = tf.mul(tf.add(x!, tf.mul(tf.pow(x!, 3), 0.044715)), c);
      return weightedSum(tf.mul(tf.mul(x!, 0.5), tf.add(tf.tanh(inner), 1)));
    },
    reference: (x) => weighted(x!.map((z) => 0.5 * z * (1 + Math.tanh(c * (z + 0.044715 * z ** 3))))),
  },
  {
    name: "x·exp(x)",
    shapes: [[6]],
    f: (x) => weightedSum(tf.mul(x!, tf.exp(x!))),
    reference: (x) => weighted(x!.map((z) => z * Math.exp(z))),
  },
  {
    name: "softmax²",
    shapes: [[2, 4]],
    f: (x) => weightedSum(tf.square(tf.softmax(x!))),
    reference: (x) => weighted(rows(x!, 4).flatMap((row) => softmax(row).map((p) => p * p))),
  },
  {
    name: "x·logSoftmax(x)",
    shapes: [[2, 4]],
    f: (x) => weightedSum(tf.mul(x!, tf.logSoftmax(x!))),
    reference: (x) => weighted(rows(x!, 4).flatMap((row) => softmax(row).map((p, i) => row[i]! * Math.log(p)))),
  },
  {
    name: "attention, softmax(q kᵀ) v",
    shapes: [
      [3, 2],
      [3, 2],
      [3, 2],
    ],
    f: (q, k, v) => weightedSum(tf.matMul(tf.softmax(tf.matMul(q!, k!, false, true)), v!)),
    reference: (q, k, v) => {
      const [keys, values] = [rows(k!, 2), rows(v!, 2)];
      const out = rows(q!, 2).flatMap((query) => {
        const p = softmax(keys.map((key) => key[0]! * query[0]! + key[1]! * query[1]!));
        return [0, 1].map((d) => total(p.map((weightOfKey, j) => weightOfKey * values[j]![d]!)));
      });
      return weighted(out);
    },
  },
  {
    name: "RMSNorm",
    shapes: [[2, 4], [4]],
    f: (x, gain) => weightedSum(tf.mul(tf.mul(x!, tf.rsqrt(tf.add(tf.mean(tf.square(x!), -1, true), 1e-2))), gain!)),
    reference: (x, gain) =>
      weighted(
        rows(x!, 4).flatMap((row) => {
          const scale = 1 / Math.sqrt(total(row.map((z) => z * z)) / 4 + 1e-2);
          return row.map((z, i) => z * scale * gain![i]!);
        }),
      ),
  },
  {
    name: "LayerNorm",
    shapes: [[2, 4], [4], [4]],
    f: (x, gain, bias) => {
      const { mean, variance } = tf.moments(x!, -1, true);
      return weightedSum(
        tf.square(tf.add(tf.mul(tf.div(tf.sub(x!, mean), tf.sqrt(tf.add(variance, 1e-2))), gain!), bias!)),
      );
    },
    reference: (x, gain, bias) =>
      weighted(
        rows(x!, 4).flatMap((row) => {
          const mean = total(row) / 4;
          const deviation = Math.sqrt(total(row.map((z) => (z - mean) ** 2)) / 4 + 1e-2);
          return row.map((z, i) => (((z - mean) / deviation) * gain![i]! + bias![i]!) ** 2);
        }),
      ),
  },
  {
    name: "conv2d, then tanh·sigmoid",
    shapes: [
      [1, 4, 4, 1],
      [2, 2, 1, 2],
    ],
    f: (x, filter) => {
      const y = tf.conv2d(x! as tf.Tensor4D, filter! as tf.Tensor4D, 1, "valid");
      return weightedSum(tf.mul(tf.tanh(y), tf.sigmoid(y)));
    },
    reference: (x, filter) => {
      const out: number[] = [];
      for (let row = 0; row < 3; row++) {
        for (let column = 0; column < 3; column++) {
          for (let channel = 0; channel < 2; channel++) {
            let y = 0;
            for (let i = 0; i < 2; i++) {
              for (let j = 0; j < 2; j++) y += x![(row + i) * 4 + column + j]! * filter![(i * 2 + j) * 2 + channel]!;
            }
            out.push(Math.tanh(y) * sigmoid(y));
          }
        }
      }
      return weighted(out);
    },
  },
];
