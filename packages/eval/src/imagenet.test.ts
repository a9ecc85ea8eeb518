import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import numbers from "./__fixtures__/numbers.json" with { type: "json" };
import {
  chooseProbeHead,
  createKnn,
  evaluateKnn,
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
    const image = (x: number, i: number) => ({ id: `image-${i}`, image: x, label: x > 1 ? 1 : 0 });
    const train = [0, 0.2, 1.4, 1.5].map(image);
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

describe("linear probe", () => {
  it("applies running statistics, then the linear layer", () => {
    const head = { mean: [1, 0], variance: [4, 1], weight: [1, 0, 0, 2], bias: [0.5, 0], epsilon: 0 };
    expect([...linearBnLogits([3, 1], head)]).toEqual([1.5, 2]);
    expect(() => linearBnLogits([1], head)).toThrow("linearBnLogits: mean");
  });

  it("has 13 learning rates and chooses on held-out images", () => {
    expect(probeLearningRates(256)[0]).toBe(1e-5);
    expect(probeLearningRates(1024)).toHaveLength(13);
    expect(probeLearningRates(1024).at(-1)).toBeCloseTo(0.4, 12);
    const heads = [{ learningRate: 1, heldOut: 0.7, validation: 0.6 }, { learningRate: 2, heldOut: 0.6, validation: 0.8 }]; // prettier-ignore
    expect(chooseProbeHead(heads)).toEqual({ learningRate: 1, top1: 0.6, top1BestLr: 0.8 });
    expect(() => chooseProbeHead([])).toThrow("at least one head");
  });

  it("top-k accuracy breaks ties by class", () => {
    const rankings = [[0.2, 0.5, 0.5], [-Infinity, 1, Infinity]].map(rankScores); // prettier-ignore
    expect(rankings.map((r) => [...r])).toEqual([[1, 2, 0], [2, 1, 0]]); // prettier-ignore
    expect(topKAccuracy(rankings, [2, 2], 1)).toBe(0.5);
    expect(topKAccuracy(rankings, [2, 2], 2)).toBe(1);
    expect(topKAccuracy([], [], 1)).toBeNaN();
    expect(() => rankScores([NaN])).toThrow("scores[0]");
  });
});
