import * as tf from "@tensorflow/tfjs";
import { randomFromSeed } from "@vpt/core";
import { jvp } from "@vpt/autodiff";
import { beforeAll, describe, expect, it } from "vitest";
import { candidateLogProbs, gatherCandidates } from "./candidate-log-probs.js";
import { sparseSoftCrossEntropy } from "./sparse-soft-cross-entropy.js";
import { at, dot, listOf, logSoftmax, numericalGradient, rowsOf, softmax } from "./testing/numbers.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

const random = randomFromSeed(0, "cross-entropy");
const draw = (count: number): number[] => Array.from({ length: count }, random.normal);
const [rows, vocabulary, candidates] = [5, 9, 4];
const logits = Array.from({ length: rows }, () => draw(vocabulary).map((x) => 3 * x));
const ids = Array.from({ length: rows }, (_, n) =>
  Array.from({ length: candidates }, (_, k) => (2 * k + n * 5) % vocabulary),
);
const probs = Array.from({ length: rows }, () => softmax(draw(candidates)));
const weights = [0.3, 0.25, 0, 0.35, 0.1];
const chunk = (xs: readonly number[], size: number): number[][] =>
  Array.from({ length: xs.length / size }, (_, i) => xs.slice(i * size, (i + 1) * size));

const lossOf = (z: readonly number[][], q: readonly number[][]): number =>
  -z.reduce(
    (total, row, n) =>
      total +
      weights[n]! *
        dot(
          ids[n]!.map((id) => logSoftmax(row)[id]!),
          q[n]!,
        ),
    0,
  );

const tensors = () => ({
  logits_NV: tf.tensor2d(logits),
  ids_NK: tf.tensor2d(ids, undefined, "int32"),
  probs_NK: tf.tensor2d(probs),
  weight_N: tf.tensor1d(weights),
});
const expectClose = (ours: readonly number[], reference: readonly number[], tolerance = 1e-5): void =>
  ours.forEach((x, i) => expect(Math.abs(x - reference[i]!)).toBeLessThan(tolerance));

describe("candidateLogProbs", () => {
  it("gives log p at the candidates, and its gradient is the float64 difference quotient", () =>
    void tf.tidy(() => {
      const { logits_NV, ids_NK } = tensors();
      const log = rowsOf(candidateLogProbs(logits_NV, ids_NK));
      log.forEach((row, n) =>
        expectClose(
          row,
          ids[n]!.map((id) => logSoftmax(logits[n]!)[id]!),
        ),
      );
      const dy = draw(rows * candidates);
      const f = (z: readonly number[]): number =>
        dot(
          dy,
          chunk(z, vocabulary).flatMap((row, n) => ids[n]!.map((id) => logSoftmax(row)[id]!)),
        );
      const gradient = tf.grad((z) =>
        candidateLogProbs(z as tf.Tensor2D, ids_NK)
          .mul(tf.tensor2d(dy, [rows, candidates]))
          .sum(),
      )(logits_NV);
      expectClose(listOf(gradient), numericalGradient(f, logits.flat()), 2e-5);
    }));

  it("agrees with stock gather and logSoftmax, forward, backward and in its tangent", () =>
    void tf.tidy(() => {
      const { logits_NV, ids_NK, probs_NK } = tensors();
      const dense = (z: tf.Tensor): tf.Tensor2D => gatherCandidates(tf.logSoftmax(z as tf.Tensor2D), ids_NK);
      const ours = (z: tf.Tensor): tf.Tensor2D => candidateLogProbs(z as tf.Tensor2D, ids_NK);
      expect(listOf(ours(logits_NV))).toEqual(listOf(dense(logits_NV)));
      const backward = (f: typeof ours) => tf.grad((z) => f(z).mul(probs_NK).sum())(logits_NV);
      expectClose(listOf(backward(ours)), listOf(backward(dense)), 1e-6);
      const tangent = (f: typeof ours) => jvp(f, logits_NV, tf.tensor2d(logits).sin()).tangent;
      expectClose(listOf(tangent(ours)), listOf(tangent(dense)), 1e-6);
    }));

  it("is finite where the logits are far apart", () =>
    void tf.tidy(() => {
      const z = tf.tensor2d([[1e4, -1e4, 0]]);
      const chosen = tf.tensor2d([[1, 2]], undefined, "int32");
      expect(listOf(candidateLogProbs(z, chosen))).toEqual([-2e4, -1e4]);
      expect(listOf(tf.grad((x) => candidateLogProbs(x as tf.Tensor2D, chosen).sum())(z))).toEqual([-2, 1, 1]);
    }));
});

describe("sparseSoftCrossEntropy", () => {
  const valueAndGrads = (logits_NV: tf.Tensor2D, ids_NK: tf.Tensor2D, probs_NK: tf.Tensor2D, weight_N: tf.Tensor1D) => {
    const f = (z: tf.Tensor, q: tf.Tensor): tf.Scalar =>
      sparseSoftCrossEntropy(z as tf.Tensor2D, { ids_NK, probs_NK: q as tf.Tensor2D }, weight_N);
    return tf.valueAndGrads(f)([logits_NV, probs_NK]);
  };

  it("is the dense formula in float64, with w(p − q) in the logits and −w log p in q", () =>
    void tf.tidy(() => {
      const { logits_NV, ids_NK, probs_NK, weight_N } = tensors();
      const { value, grads } = valueAndGrads(logits_NV, ids_NK, probs_NK, weight_N);
      expect(Math.abs(at(value) - lossOf(logits, probs))).toBeLessThan(1e-6);
      const inLogits = (z: readonly number[]): number => lossOf(chunk(z, vocabulary), probs);
      const inProbs = (q: readonly number[]): number => lossOf(logits, chunk(q, candidates));
      expectClose(listOf(grads[0]!), numericalGradient(inLogits, logits.flat()), 1e-6);
      expectClose(listOf(grads[1]!), numericalGradient(inProbs, probs.flat()), 2e-6);
      logits.forEach((row, n) => {
        const q = Array<number>(vocabulary).fill(0);
        ids[n]!.forEach((id, k) => (q[id] = probs[n]![k]!));
        expectClose(
          rowsOf(grads[0]!)[n]!,
          softmax(row).map((p, v) => weights[n]! * (p - q[v]!)),
          1e-6,
        );
      });
    }));

  it("changes no bit, nor its gradient, when candidates of probability 0 are added or all are reordered", () =>
    void tf.tidy(() => {
      const { logits_NV, ids_NK, weight_N } = tensors();
      const truth_NK = tf.tensor2d(probs.map(() => [1]));
      const plain = valueAndGrads(logits_NV, ids_NK.slice([0, 0], [-1, 1]), truth_NK, weight_N);
      for (const zero of [0, -0]) {
        for (const count of [1, 2, 3]) {
          const extra = tf.concat([truth_NK, tf.fill([rows, count], zero)], 1) as tf.Tensor2D;
          const more = valueAndGrads(logits_NV, ids_NK.slice([0, 0], [-1, 1 + count]), extra, weight_N);
          const turned = valueAndGrads(
            logits_NV,
            tf.reverse(ids_NK.slice([0, 0], [-1, 1 + count]), 1),
            tf.reverse(extra, 1),
            weight_N,
          );
          for (const { value, grads } of [more, turned]) {
            expect(at(value)).toBe(at(plain.value));
            expect(listOf(grads[0]!).map((x) => x + 0)).toEqual(listOf(plain.grads[0]!).map((x) => x + 0));
          }
        }
      }
    }));

  it("is the ordinary next-token loss for one candidate", () =>
    void tf.tidy(() => {
      const { logits_NV, ids_NK, weight_N } = tensors();
      const loss = sparseSoftCrossEntropy(
        logits_NV,
        { ids_NK: ids_NK.slice([0, 0], [-1, 1]), probs_NK: tf.ones([rows, 1]) },
        weight_N,
      );
      const expected = -dot(
        weights,
        logits.map((row, n) => logSoftmax(row)[ids[n]![0]!]!),
      );
      expect(Math.abs(at(loss) - expected)).toBeLessThan(1e-6);
    }));

  it("ignores rows of weight 0, and leaves only its result behind", () => {
    const { logits_NV, ids_NK, probs_NK, weight_N } = tensors();
    const before = tf.memory().numTensors;
    const loss = sparseSoftCrossEntropy(logits_NV, { ids_NK, probs_NK }, weight_N);
    expect(tf.memory().numTensors).toBe(before + 1);
    tf.tidy(() => {
      const [gradient] = valueAndGrads(logits_NV, ids_NK, probs_NK, weight_N).grads;
      expect(rowsOf(gradient!)[2]!.map(Math.abs)).toEqual(Array(vocabulary).fill(0));
    });
    tf.dispose([loss, logits_NV, ids_NK, probs_NK, weight_N]);
  });
});
