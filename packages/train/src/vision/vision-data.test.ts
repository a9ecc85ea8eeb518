import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeMapPng, encodePng, renderScene, sceneClasses, type RgbImage } from "@vpt/data/images";
import { describe, expect, it } from "vitest";
import { tinyVision } from "../testing/tiny-vision.js";
import { visionConfigSchema } from "./config.js";
import { loadPools, type VisionPools } from "./vision-data.js";

const load = (data: object): Promise<VisionPools> =>
  loadPools(visionConfigSchema.parse({ ...tinyVision, data }), () => undefined);
const labelled = ({ evaluatorHeads, feedback, linearProbe, test }: VisionPools) => [
  ...evaluatorHeads,
  ...feedback,
  ...linearProbe,
  ...test,
];
const bytes = ({ image }: { readonly image: RgbImage }): string => Buffer.from(image.data).toString("base64");

describe("rendered rooms", () => {
  const data = { rendered: true, unlabeled: 3, evaluatorHeads: 2, feedback: 4, linearProbe: 5, test: 6 };

  it("make pools of the sizes asked for, no image in two, the same for the same seed", async () => {
    const pools = await load({ ...data, unlabeledSize: 20 });
    const { evaluatorHeads, feedback, linearProbe, test, unlabeled } = pools;
    expect([evaluatorHeads, feedback, linearProbe, test, unlabeled].map(({ length }) => length)).toEqual([
      2, 4, 5, 6, 3,
    ]);
    expect(new Set(labelled(pools).map(bytes)).size).toBe(17);
    expect(pools).toMatchObject({ classes: sceneClasses, hasDepth: true, skipped: [] });
    expect((unlabeled[0] as RgbImage).width).toBe(20);
    expect(test[0]!.image.width).toBe(16); // as a global crop
    expect(await load({ ...data, unlabeledSize: 20 })).toEqual(pools);
    expect((await load({ ...data, seed: 1 })).test.map(bytes)).not.toEqual(test.map(bytes));
  });
});

describe("pairs", () => {
  const root = mkdtempSync(join(tmpdir(), "vision-data-"));
  for (const [split, count, first] of [
    ["train", 9, 0],
    ["val", 3, 100],
  ] as const)
    for (let i = 0; i < count; i++) {
      const { image, labels } = renderScene(first + i, { width: 24, height: 16 });
      for (const part of ["images", "annotations"]) mkdirSync(join(root, part, split), { recursive: true });
      writeFileSync(join(root, "images", split, `${i}.png`), encodePng(image));
      writeFileSync(join(root, "annotations", split, `${i}.png`), encodeMapPng(labels));
    }
  const data = { pairs: root, classes: 5, evaluatorHeads: 2, feedback: 3, size: [16, 24], unlabeledSize: 8 };

  it("split training images by the seed, score the other split, and stream them without labels, shrunk", async () => {
    const pools = await load(data);
    const { evaluatorHeads, feedback, linearProbe, test, unlabeled } = pools;
    expect([evaluatorHeads, feedback, linearProbe, test].map(({ length }) => length)).toEqual([2, 3, 4, 3]);
    expect(new Set(labelled(pools).map(bytes)).size).toBe(12);
    expect(pools).toMatchObject({ hasDepth: false, classes: ["class 0", "class 1", "class 2", "class 3", "class 4"] });
    expect(unlabeled).toHaveLength(9);
    expect(unlabeled[0]).toMatchObject({ width: 12, height: 8 }); // the short side is 8
    const other = await load({ ...data, seed: 1 });
    expect(other.feedback.map(bytes)).not.toEqual(feedback.map(bytes));
    expect(labelled(other).map(bytes).sort()).toEqual(labelled(pools).map(bytes).sort());
    expect(other.test.map(bytes)).toEqual(test.map(bytes));
  });

  it("count classes from 1 where 0 is void", async () => {
    const plain = await load(data);
    const shifted = await load({ ...data, zeroIsVoid: true });
    const [from, to] = [plain.test[0]!.labels!.data, shifted.test[0]!.labels!.data];
    expect(Array.from(to)).toEqual(Array.from(from, (label) => (label === 0 ? 255 : label - 1)));
  });

  it("take so many of each split, or refuse where none is left for the probe", async () => {
    const { linearProbe, test } = await load({ ...data, limit: 6 });
    expect([linearProbe.length, test.length]).toEqual([1, 3]);
    await expect(load({ ...data, limit: 5 })).rejects.toThrow(/5 training pairs; .* leave some for the probe/);
  });
});
