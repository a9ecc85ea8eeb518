import * as tf from "@tensorflow/tfjs";
import { pick, randomFromSeed } from "@vpt/core";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { exampleNll } from "../example-nll.js";
import type { Example } from "../language-batch.js";
import { decoderLogits } from "../model/index.js";
import { dot, logSoftmax, numericalGradient, sum } from "../testing/numbers.js";
import { randomExamples, tinyConfig, tinyParams } from "../testing/tiny-language.js";
import { fitLogitBias } from "./fit-logit-bias.js";

beforeAll(async () => void (await tf.setBackend("cpu")));
beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const params = tinyParams(0);
/** Rows whose labels are mostly 3 and 5: a style that no context explains. */
const styled = (count: number, seed: number): Example[] => {
  const random = randomFromSeed(seed);
  return randomExamples(count, random).map((row) => ({
    ...row,
    labels: row.labels.map((id) => (random.uniform() < 0.6 ? 3 + 2 * random.integer(2) : id)),
  }));
};

/** Logits and labels of the counted positions, from the whole model. */
const positions = (rows: readonly Example[]) =>
  rows.flatMap(({ ids, labels, lossMask }) => {
    const logits = decoderLogits(tinyConfig, params, tf.tensor2d([[...ids]], undefined, "int32"));
    const table = (logits.arraySync() as number[][][])[0]!;
    return table.flatMap((row, t) => (lossMask[t]! > 0 ? [{ row, label: labels[t]! }] : []));
  });
const nllOf = (at: ReturnType<typeof positions>, bias: ArrayLike<number>): number =>
  sum(at.map(({ row, label }) => -logSoftmax(row.map((z, v) => z + bias[v]!))[label]!));

it.each([
  { ridge: 0.5, own: 10 },
  { ridge: 0.1, own: 3, tokens: 3 },
])("minimises the penalised NLL, in float64 from the whole model's logits: %o", async ({ own, ...options }) => {
  const rows = styled(20, 1);
  const at = positions(rows);
  const { bias_V, nllBefore, nllAfter } = await fitLogitBias(tinyConfig, params, rows, { batchSize: 5, ...options });
  expect(nllBefore).toBeCloseTo(nllOf(at, new Float32Array(tinyConfig.vocabSize)) / at.length, 4);
  expect(nllAfter).toBeCloseTo(nllOf(at, bias_V) / at.length, 4);
  // One number a token, and one that the others share.
  const groups = [...new Set(bias_V)];
  expect(groups.length).toBeGreaterThan(own);
  const objective = (values: readonly number[]): number => {
    const bias = [...bias_V].map((b) => values[groups.indexOf(b)]!);
    return nllOf(at, bias) + (options.ridge / 2) * dot(values, values);
  };
  for (const slope of numericalGradient(objective, groups, 1e-4)) expect(Math.abs(slope)).toBeLessThan(0.1);
});

it("lowers the NLL of other rows of the same style, as exampleNll gives it", async () => {
  const { bias_V, nllBefore, nllAfter } = await fitLogitBias(tinyConfig, params, styled(40, 2));
  expect(nllAfter).toBeLessThan(nllBefore - 0.5);
  const others = styled(40, 3);
  const [plain, after] = [
    await exampleNll(tinyConfig, params, others),
    await exampleNll(tinyConfig, params, others, { bias_V }),
  ];
  expect(after.nllPerToken).toBeLessThan(plain.nllPerToken - 0.5);
  expect(after.nllPerToken * after.tokens).toBeCloseTo(nllOf(positions(others), bias_V), 2);
});

it("does not raise the NLL of other rows where the rows' words are their own", async () => {
  // Each row repeats one word of its own: nothing of it holds for the next row.
  const own = (count: number, seed: number): Example[] => {
    const random = randomFromSeed(seed);
    return randomExamples(count, random).map((row) => {
      const word = random.integer(tinyConfig.vocabSize);
      return { ...row, labels: row.labels.map(() => word) };
    });
  };
  const others = own(60, 8);
  const plain = await exampleNll(tinyConfig, params, others);
  const { bias_V } = await fitLogitBias(tinyConfig, params, own(12, 7));
  const { nllPerToken } = await exampleNll(tinyConfig, params, others, { bias_V });
  expect(nllPerToken).toBeLessThan(plain.nllPerToken + 0.01);
});

it("leaves no tensor behind and no argument changed; the same rows give the same bits", async () => {
  const rows = styled(6, 5);
  const before = tf.memory().numTensors;
  const first = await fitLogitBias(tinyConfig, params, rows);
  expect(tf.memory().numTensors).toBe(before);
  expect(await fitLogitBias(tinyConfig, pick(params, Object.keys(params)), rows)).toEqual(first);
});

it("refuses rows without a counted token, and numbers out of range", async () => {
  const silent = styled(2, 6).map((row) => ({ ...row, lossMask: new Uint8Array(row.lossMask.length) }));
  await expect(fitLogitBias(tinyConfig, params, silent)).rejects.toThrow("none of 2 examples has a counted token");
  await expect(fitLogitBias(tinyConfig, params, styled(1, 6), { ridge: 0 })).rejects.toThrow("ridge 0");
  await expect(fitLogitBias(tinyConfig, params, styled(1, 6), { tokens: 1.5 })).rejects.toThrow("tokens 1.5");
  await expect(exampleNll(tinyConfig, params, styled(1, 6), { bias_V: new Float32Array(3) })).rejects.toThrow(
    "bias_V has 3 numbers; expected 23",
  );
});
