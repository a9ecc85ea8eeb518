import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import numbers from "../__fixtures__/numbers.json" with { type: "json" };
import {
  chooseProbeHead,
  createKnn,
  evaluateKnn,
  evaluateLinearProbe,
  extractFeatures,
  linearBnLogits,
  probeLearningRates,
  rankScores,
  topKAccuracy,
} from "./imagenet.js";

describe("kNN", () => {
  it("equals NumPy's votes", () => {
    const { train, labels, queries, k, ranked } = numbers.knn;
    const knn = createKnn({ values: train, width: 4 }, labels, { classes: 5, k });
    expect(queries.map((query) => [...knn.rank(query)])).toEqual(ranked);
  });

  it("breaks ties by index among neighbours and by class among votes", () => {
    const knn = createKnn({ values: [1, 0, 1, 0, 1, 0], width: 2 }, [3, 1, 2], { classes: 4, k: 2 });
    expect([...knn.rank([5, 0])]).toEqual([1, 3, 0, 2]); // images 0 and 1 vote; class 1 before 3
  });

  it("refuses what has no direction or no class", () => {
    expect(() => createKnn({ values: [0, 0], width: 2 }, [0], { classes: 1, k: 1 })).toThrow("train image 0");
    expect(() => createKnn({ values: [1, NaN], width: 2 }, [0], { classes: 1, k: 1 })).toThrow("train image 0");
    expect(() => createKnn({ values: [1, 0], width: 2 }, [1], { classes: 1, k: 1 })).toThrow("labels[0]");
    expect(() => createKnn({ values: [1, 0], width: 2 }, [0], { classes: 1 })).toThrow("createKnn: k");
    expect(() => createKnn({ values: [1, 0], width: 2 }, [0], { classes: 1, k: 1 }).rank([1])).toThrow("Knn.rank");
  });

  it("runs over an extractor and continues without asking a test image twice", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "vpt-knn-")), "knn.jsonl");
    const asked: number[] = [];
    const extractor = {
      extract: (xs: readonly number[]) => (
        asked.push(...xs),
        Promise.resolve(xs.map((x) => [Math.cos(x), Math.sin(x)]))
      ),
    };
    const image = (x: number, i: number) => ({
      id: `image-${i}`,
      load: () => Promise.resolve(x),
      label: x > 1 ? 1 : 0,
    });
    const items = [0, 0.2, 1.4, 1.5].map(image);
    const train = { ...(await extractFeatures(extractor, items)), labels: items.map(({ label }) => label) };
    const test = [0.1, 1.45, 1.01].map(image);
    const options = { classes: 2, k: 1, file };
    const first = await evaluateKnn(extractor, { train, test: test.slice(0, 2) }, options);
    expect(first.metrics["top1"]!.value).toBe(1);
    const second = await evaluateKnn(extractor, { train, test }, options);
    expect(second.perItem.map(({ prediction }) => prediction)).toEqual(["0", "1", "1"]);
    expect(asked.filter((x) => x === 0.1)).toHaveLength(1);
    expect(readFileSync(file, "utf8").trim().split("\n")).toHaveLength(4);
  });
});

describe("extractFeatures", () => {
  const item = (x: number) => ({
    id: `image-${x}`,
    load: () => (x === 3 ? Promise.reject<number>(new Error("image: torn")) : Promise.resolve(x)),
  });
  const items = [1, 2, 3, 4, 5].map(item);
  const of = (asked: number[]) => ({
    extract: (xs: readonly number[]) => (asked.push(...xs), Promise.resolve(xs.map((x) => [x, x / 3]))),
  });

  it("goes on from its file after a kill, and leaves out what cannot be read", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "vpt-features-")), "deep", "train");
    const options = { file, maker: "m", batchSize: 2, maxCorruptFraction: 0.2 };
    const whole = await extractFeatures(of([]), items, { ...options, file: `${file}-whole` });
    expect([[...whole.values], whole.kept]).toEqual([
      [1, 1 / 3, 2, 2 / 3, 4, 4 / 3, 5, 5 / 3].map(Math.fround),
      [0, 1, 3, 4],
    ]);
    expect(whole.quarantined).toEqual([{ name: "image-3", reason: "image: torn" }]);
    await expect(
      extractFeatures(
        { extract: (xs) => (xs.includes(5) ? Promise.reject(new Error("killed")) : of([]).extract(xs)) },
        items,
        options,
      ),
    ).rejects.toThrow("killed");
    writeFileSync(`${file}.f32`, Buffer.alloc(7), { flag: "a" }); // rows whose lines were never written
    writeFileSync(`${file}.jsonl`, '{"id":"imag', { flag: "a" });
    const asked: number[] = [];
    expect(await extractFeatures(of(asked), items, options)).toEqual(whole);
    expect(asked).toEqual([5]);
    for (const end of ["f32", "jsonl"])
      expect(readFileSync(`${file}.${end}`)).toEqual(readFileSync(`${file}-whole.${end}`));
    await expect(extractFeatures(of([]), items, { ...options, maker: "other" })).rejects.toThrow(
      /expected features of other, received features of m/,
    );
    await expect(extractFeatures(of([]), items.slice(1), options)).rejects.toThrow(
      /expected item image-2 at line 2, received image-1/,
    );
  });

  it("gives up beyond the budget, at once when it is 0", async () => {
    await expect(extractFeatures(of([]), items)).rejects.toThrow(
      /at most 5 % of 5, received 1\. The first is image-3: image: torn/,
    );
    await expect(extractFeatures(of([]), items, { maxCorruptFraction: 0 })).rejects.toThrow(/at most 0 % of 5/);
    await expect(extractFeatures(of([]), [item(3)], { maxCorruptFraction: 1 })).rejects.toThrow(/none readable/);
  });
});

describe("linear probe", () => {
  it("scores the head chosen on held-out images, and tells the best on the test images", async () => {
    const head = (sign: number) => ({ mean: [0], variance: [1], weight: [-sign, sign], bias: [0, 0] });
    const probes = [
      { learningRate: 0.1, heldOut: 0.9, head: head(-1) },
      { learningRate: 1, heldOut: 0.8, head: head(1) },
    ];
    const extractor = { extract: (xs: readonly number[]) => Promise.resolve(xs.map((x) => [x])) };
    const test = [-1, 1, 2].map((x, i) => ({ id: `${i}`, label: x > 0 ? 1 : 0, load: () => Promise.resolve(x) }));
    const record = await evaluateLinearProbe(extractor, probes, test);
    expect(record.chosen).toEqual({ learningRate: 0.1, top1: 0, top1BestLr: 1 });
    expect([record.metrics["top1"]!.value, record.metrics["top5"]!.value]).toEqual([0, 1]);
  });

  it("applies running statistics, then the linear layer", () => {
    const head = { mean: [1, 0], variance: [4, 1], weight: [1, 0, 0, 2], bias: [0.5, 0], epsilon: 0 };
    expect([...linearBnLogits([3, 1], head)]).toEqual([1.5, 2]);
    expect(() => linearBnLogits([1], head)).toThrow("linearBnLogits: mean");
  });

  it("has 13 learning rates and chooses on held-out images", () => {
    expect(probeLearningRates(256)[0]).toBe(1e-5);
    expect(probeLearningRates(1024)).toHaveLength(13);
    expect(probeLearningRates(1024).at(-1)).toBeCloseTo(0.4, 12);
    const heads = [
      { learningRate: 1, heldOut: 0.7, validation: 0.6 },
      { learningRate: 2, heldOut: 0.6, validation: 0.8 },
    ];
    expect(chooseProbeHead(heads)).toEqual({ learningRate: 1, top1: 0.6, top1BestLr: 0.8 });
    expect(() => chooseProbeHead([])).toThrow("at least one head");
  });

  it("top-k accuracy breaks ties by class", () => {
    const rankings = [
      [0.2, 0.5, 0.5],
      [-Infinity, 1, Infinity],
    ].map(rankScores);
    expect(rankings.map((r) => [...r])).toEqual([
      [1, 2, 0],
      [2, 1, 0],
    ]);
    expect(topKAccuracy(rankings, [2, 2], 1)).toBe(0.5);
    expect(topKAccuracy(rankings, [2, 2], 2)).toBe(1);
    expect(topKAccuracy([], [], 1)).toBeNaN();
    expect(() => rankScores([NaN])).toThrow("scores[0]");
  });
});
