import { describe, expect, it } from "vitest";
import numbers from "../__fixtures__/numbers.json" with { type: "json" };
import {
  candidateProbability,
  createDecontaminator,
  createDuplicateIndex,
  decontaminate,
  estimateJaccard,
  lshParameters,
  lshRecall,
  maskNumbers,
  minHash,
  ngramJaccard,
  shingles,
} from "./decontaminate.js";
import { createRandom } from "../internal/random.js";

/** Problems of random words; a clone replaces each word with the given chance. */
function corpus(count: number, seed: number, words = 40): string[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => Array.from({ length: words }, () => word(random)).join(" "));
}
const word = (random: () => number) => `w${Math.floor(random() * 5000)}`;
const clone = (text: string, chance: number, random: () => number) =>
  text
    .split(" ")
    .map((w) => (random() < chance ? word(random) : w))
    .join(" ");

describe("ngramJaccard", () => {
  it.each([
    ["a b c d", "a b c d", 2, 1],
    ["A  b\tC\n", "a b c", 3, 1],
    ["a b c d", "a b c e", 2, 0.5],
    ["a a a a", "a a", 2, 1], // sets, not counts
    ["a b", "c d", 2, 0],
    ["a b", "c", 2, 0],
    ["a", "b", 2, null],
    ["", "", 5, null],
  ])("%j against %j with n %s is %s", (a, b, n, expected) => expect(ngramJaccard(a, b, n)).toBe(expected));

  it("refuses n below 1", () => expect(() => ngramJaccard("a", "b", 0)).toThrow("shingles: n"));

  it("masks numbers and punctuation only on request", () => {
    expect(maskNumbers("Tom pays $1,250.50, in 3 parts!")).toBe("Tom pays 0 in 0 parts");
  });
});

describe("lshParameters", () => {
  it("equals datasketch", () => {
    for (const [t, m, falsePositiveWeight, falseNegativeWeight, bands, rows] of numbers.bands as [
      number,
      number,
      number,
      number,
      number,
      number,
    ][]) {
      expect({ t, m, ...lshParameters(t, m, { falsePositiveWeight, falseNegativeWeight }) }).toEqual({
        t,
        m,
        bands,
        rows,
      });
    }
    expect(lshParameters(0.5, 128)).toEqual({ bands: 25, rows: 5 });
  });

  it("refuses impossible thresholds", () => {
    for (const t of [0, 1, NaN]) expect(() => lshParameters(t, 128)).toThrow("inside (0, 1)");
    expect(() => lshParameters(0.5, 0)).toThrow("permutations");
  });
});

describe("MinHash", () => {
  it("estimates the Jaccard similarity within its error, and repeats with its seed", () => {
    const random = createRandom(5);
    for (const chance of [0, 0.02, 0.1]) {
      const [a] = corpus(1, 9, 300);
      const b = clone(a!, chance, random);
      const exact = ngramJaccard(a!, b, 3)!;
      const sign = (text: string) => minHash(shingles(text, 3), { permutations: 512, seed: 1 });
      expect(Math.abs(estimateJaccard(sign(a!), sign(b)) - exact)).toBeLessThan(
        4 * Math.sqrt((exact * (1 - exact)) / 512) + 1e-9,
      );
      expect(sign(b)).toEqual(sign(b));
    }
    expect(minHash([], { permutations: 2 })).toEqual(Uint32Array.of(0xffffffff, 0xffffffff));
  });

  it("finds pairs as often as the S-curve says", () => {
    const random = createRandom(1);
    const references = corpus(400, 2);
    const documents = references.map((text, i) => clone(text, (i % 8) / 100, random));
    const recall = lshRecall(documents, references, { n: 5, threshold: 0.5 });
    expect(recall.pairs).toBeGreaterThan(200);
    expect(Math.abs(recall.recall - recall.expected)).toBeLessThan(0.03);
    expect(recall.recallWellAbove).toBeGreaterThanOrEqual(0.95);
    expect(candidateProbability(0.6, { bands: 32, rows: 4 })).toBeCloseTo(0.988, 3);
  });
});

describe("decontaminate", () => {
  const tests = corpus(30, 3);
  const long = "one two three four five six seven eight nine ten eleven twelve thirteen";

  it("drops near copies and long overlaps, keeps the rest, and says why", () => {
    const documents = [
      { text: tests[4]!.toUpperCase(), source: "gsm8k" },
      ...corpus(20, 4).map((text) => ({ text, source: "math" })),
      { text: `${corpus(1, 6)[0]} ${long}`, source: "math" },
      { text: "too short", source: "synthetic" },
      { text: "", source: "synthetic" },
    ];
    const report = decontaminate(documents, { first: tests, second: [`${long} ${corpus(1, 7)[0]}`, ""] });
    expect(report.removed.map(({ document, testSet, rule }) => [document, testSet, rule])).toEqual([
      [0, "first", "jaccard"],
      [21, "second", "overlap"],
    ]);
    expect(report.removed[0]).toMatchObject({ index: 4, jaccard: 1, against: tests[4] });
    expect(report.counts).toEqual({ first: { jaccard: 1, overlap: 0 }, second: { jaccard: 0, overlap: 1 } });
    expect(report.sources).toMatchObject({ gsm8k: { before: 1, after: 0 }, math: { before: 21, after: 20 } });
    expect(report.kept).toHaveLength(22);
    expect(report.examples).toHaveLength(2);
  });

  it("drops whole sources, and finds renumbered clones with a normaliser", () => {
    const problem = "Tom has 12 apples and buys 7 more apples for $3 each.";
    const clone = "Tom has 5 apples and buys 19 more apples for $8 each.";
    expect(decontaminate([{ text: clone }], { t: [problem] }).removed).toEqual([]);
    expect(decontaminate([{ text: clone }], { t: [problem] }, { normalize: maskNumbers }).removed[0]?.jaccard).toBe(1);
    const dropped = decontaminate([{ text: "a", source: "math" }], {}, { dropSources: ["math"] });
    expect(dropped).toMatchObject({ kept: [], droppedBySource: 1 });
    expect(decontaminate([], {}).kept).toEqual([]);
  });

  it("finds what was planted at a known similarity, on the right side of the threshold, one by one", () => {
    // 40 different words make 36 5-grams; other words at the end change as many of them: J = (36 − k) / (36 + k)
    const at = (i: number, changed: number) =>
      Array.from({ length: 40 }, (_, w) => (w < 40 - changed ? `p${i}w${w}` : `q${i}w${w}`)).join(" ");
    const problems = Array.from({ length: 100 }, (_, i) => at(i, 0));
    for (const [changed, stays] of [
      [4, false],
      [11, false],
      [13, true],
      [24, true],
    ] as const) {
      expect(ngramJaccard(at(0, 0), at(0, changed), 5)).toBeCloseTo((36 - changed) / (36 + changed), 12);
      const decontaminator = createDecontaminator({ problems }, { overlapWords: 0 });
      const kept = problems.filter((_, i) => decontaminator.keep({ text: at(i, changed) }));
      const { removed, kept: positions } = decontaminator.report();
      expect([kept.length + removed.length, positions.length]).toEqual([100, kept.length]);
      if (stays) expect(kept).toHaveLength(100);
      else expect(removed.length / 100).toBeGreaterThan(changed === 4 ? 0.99 : 0.85);
    }
  });

  it("names the most similar of several", () => {
    const index = createDuplicateIndex({ n: 2, threshold: 0.3 });
    for (const text of ["a b c d x y", "a b c d e x", "a b c d e x"]) index.add(text);
    expect(index.find("a b c d e f")).toEqual({ index: 1, rule: "jaccard", jaccard: 4 / 6 });
    expect(index.find("q r s t")).toBeUndefined();
  });

  it("compares 5,000 documents with 8,000 problems in under a minute", () => {
    const problems = corpus(8000, 10, 60);
    const random = createRandom(11);
    const planted = problems.slice(0, 500).map((text) => clone(text, 0.02, random));
    const documents = [...planted, ...corpus(4500, 12, 60)].map((text) => ({ text }));
    const started = performance.now();
    const { removed } = decontaminate(documents, { problems });
    const seconds = (performance.now() - started) / 1000;
    expect(seconds).toBeLessThan(60);
    expect(removed.length).toBeGreaterThan(490);
    expect(removed.every(({ document, index }) => document === index)).toBe(true);
    console.info(`decontaminate: 5,000 against 8,000 in ${seconds.toFixed(1)} s`);
  });
});
