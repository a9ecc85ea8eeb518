import { describe, expect, it } from "vitest";
import numbers from "../__fixtures__/numbers.json" with { type: "json" };
import {
  cropBox,
  evaluateRetrieval,
  extractFeatures,
  meanDescriptor,
  rankByDotProduct,
  readGroundTruth,
  revisitedScores,
} from "./retrieval.js";

const golden = numbers.retrieval;
const protocols = ["easy", "medium", "hard"] as const;

describe("revisitedScores", () => {
  it.each(protocols)("equals a second implementation: %s", (protocol) => {
    const { mAP, apPerQuery, mPrecisionAtK } = revisitedScores(golden.ranks, golden.groundTruth, {
      protocol,
      ks: golden.ks,
    });
    const expected = golden.scores[protocol];
    expect(mAP).toBeCloseTo(expected.mAP, 12);
    for (const [i, ap] of expected.apPerQuery.entries()) {
      if (ap === null) expect(apPerQuery[i]).toBeNaN();
      else expect(apPerQuery[i]).toBeCloseTo(ap, 12);
    }
    for (const [i, value] of expected.mPrecisionAtK.entries()) expect(mPrecisionAtK[i]).toBeCloseTo(value, 12);
  });

  it("is 1 when all positives come first, junk in between or not", () => {
    const truth = [{ easy: [3], hard: [4], junk: [0] }];
    for (const ranking of [
      [3, 4, 0, 1, 2],
      [0, 3, 4, 1, 2],
      [3, 0, 4, 1, 2],
    ]) {
      for (const protocol of protocols) expect(revisitedScores([ranking], truth, { protocol }).mAP).toBe(1);
    }
  });

  it("takes trapezoids under precision and recall", () => {
    const { mAP, mPrecisionAtK } = revisitedScores([[9, 1, 8, 2]], [{ easy: [1, 2], hard: [], junk: [] }], {
      protocol: "easy",
    });
    expect(mAP).toBeCloseTo(((0 + 1 / 2) / 2 + (1 / 3 + 2 / 4) / 2) / 2, 14);
    expect(mPrecisionAtK).toEqual([0, 0.5, 0.5]); // k beyond the last positive counts up to it
  });

  it("divides by the positives of the ground truth, also when the ranking misses some", () => {
    expect(revisitedScores([[1]], [{ easy: [1, 2], hard: [], junk: [] }], { protocol: "easy" }).mAP).toBe(0.5);
    expect(revisitedScores([[]], [{ easy: [1], hard: [], junk: [] }], { protocol: "easy" })).toEqual({
      mAP: 0,
      apPerQuery: [0],
      mPrecisionAtK: [0, 0, 0],
    });
  });

  it("leaves queries without positives out; NaN when no query is left", () => {
    const truth = [
      { easy: [], hard: [1], junk: [] },
      { easy: [1], hard: [], junk: [] },
    ];
    const result = revisitedScores(
      [
        [1, 2],
        [1, 2],
      ],
      truth,
      { protocol: "easy" },
    );
    expect(result).toMatchObject({ mAP: 1, apPerQuery: [NaN, 1] });
    expect(revisitedScores([], [], { protocol: "easy" }).mAP).toBeNaN();
  });

  it("refuses duplicates, missing rankings and unknown protocols", () => {
    const truth = [{ easy: [1], hard: [], junk: [] }];
    expect(() => revisitedScores([[1, 2, 1]], truth, { protocol: "easy" })).toThrow(/ranks\[0\]\[2\].*1 a second time/);
    expect(() => revisitedScores([], truth, { protocol: "easy" })).toThrow("expected 1 rankings");
    expect(() => revisitedScores([[1]], truth, { protocol: "all" as never })).toThrow("easy, medium, hard");
    expect(() => revisitedScores([[1]], truth, { protocol: "easy", ks: [0] })).toThrow("revisitedScores: k");
  });
});

describe("descriptors", () => {
  it("rank by dot product, ties to the lower id", () => {
    expect(
      rankByDotProduct(
        [[1, 0]],
        [
          [1, 0],
          [0, 1],
          [1, 0],
        ],
      ).map((r) => [...r]),
    ).toEqual([[0, 2, 1]]);
    expect([...meanDescriptor([3, 0, 0, 4], { width: 2 })]).toEqual([0.6, 0.8]);
    expect(() => meanDescriptor([1, 2, 3], { width: 2 })).toThrow("numbers / width");
    expect(cropBox([0.5, 1.5, 2.5, 20.7])).toEqual([0, 2, 2, 21]);
  });

  it("evaluateRetrieval scores the three protocols", async () => {
    const extractor = {
      extract: (images: readonly number[]) => Promise.resolve(images.map((x) => [Math.cos(x), Math.sin(x)])),
    };
    const item = (x: number) => ({ id: `image-${x}`, load: () => Promise.resolve(x) });
    const images = [0, 0.1, 0.2, 1].map(item);
    const queries = [{ ...item(0), easy: [1], hard: [2], junk: [0] }];
    const { metrics, headline } = await evaluateRetrieval(extractor, {
      database: await extractFeatures(extractor, images),
      queries,
    });
    expect(headline).toBe("medium_mAP");
    expect([metrics["easy_mAP"]!.value, metrics["medium_mAP"]!.value, metrics["hard_mP@1"]!.value]).toEqual([1, 1, 1]);
  });

  it("a database image that cannot be read stands in no ranking and keeps the others' ids", async () => {
    const extractor = {
      extract: (images: readonly number[]) => Promise.resolve(images.map((x) => [Math.cos(x), Math.sin(x)])),
    };
    const item = (x: number) => ({
      id: `image-${x}`,
      load: () => (x === 0.1 ? Promise.reject<number>(new Error("torn")) : Promise.resolve(x)),
    });
    const database = await extractFeatures(extractor, [0, 0.1, 0.2, 1].map(item), { maxCorruptFraction: 0.5 });
    const queries = [{ ...item(0), easy: [1], hard: [2], junk: [0] }];
    const { metrics, perItem } = await evaluateRetrieval(extractor, { database, queries });
    expect(perItem[0]!.prediction).toBe("0");
    expect([metrics["easy_mAP"]!.value, metrics["hard_mAP"]!.value]).toEqual([0, 1]);
  });
});

describe("readGroundTruth", () => {
  // Python: pickle.dumps({"imlist": ["a"], "qimlist": ["b"], "gnd": [{"bbx": [1.5, 2, 300, 70000], "easy": [], "hard":
  // [0], "junk": []}]}, 3)
  const pickle =
    "80037d7100285806000000696d6c69737471015d7102580100000061710361580700000071696d6c69737471045d7105" +
    "5801000000627106615803000000676e6471075d71087d7109285803000000626278710a5d710b28473ff80000000000" +
    "004b024d2c014a7011010065580400000065617379710c5d710d580400000068617264710e5d710f4b00615804000000" +
    "6a756e6b71105d71117561752e";

  const truth = {
    imlist: ["a"],
    qimlist: ["b"],
    gnd: [{ bbx: [1.5, 2, 300, 70000], easy: [], hard: [0], junk: [] }],
  };

  it("reads plain values of a pickle, and JSON of the same shape", async () => {
    expect(await readGroundTruth(Buffer.from(pickle, "hex"))).toEqual(truth);
    expect(await readGroundTruth(Buffer.from(JSON.stringify(truth)))).toEqual(truth);
  });

  const dict = Buffer.from("80037d58090000005f5f70726f746f5f5f7d58010000007873752e", "hex");
  it.each([
    ["GLOBAL and REDUCE", Buffer.from("cos\nsystem\n(S'true'\ntR."), /a name: os\.system\. Nothing was executed/],
    ["INST", Buffer.from("(S'x'\nios\nsystem\n."), /a name: os\.system/],
    [
      "STACK_GLOBAL",
      Buffer.from("80045802000000" + "6f73" + "5806000000" + "73797374656d" + "932e", "hex"),
      /a name: os\.system/,
    ],
    ["a persistent id", Buffer.from("Pabc\n."), /persistent id/],
    ["an unknown opcode", Buffer.from("80036e756c6c0a", "hex"), /Nothing was executed/],
    ["a torn file", Buffer.from("80037d", "hex"), /Unexpected end/],
    ["a length beyond the file", Buffer.from("800358ffffff7f612e", "hex"), /Unexpected end/],
    ["text", Buffer.from("hello world"), /a pickle of plain values/],
    ["a list", Buffer.from("80035d2e", "hex"), /imlist/],
    ["a key __proto__", dict, /imlist|plain values/],
    ["torn JSON", Buffer.from('{"imlist": ['), /a pickle or JSON/],
  ])("refuses %s in one line and runs nothing", async (_, bytes, message) => {
    const said = await readGroundTruth(bytes).then(
      () => "",
      (error: Error) => error.message,
    );
    expect(said).toMatch(message);
    expect(said).not.toContain("\n");
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
  });
});
