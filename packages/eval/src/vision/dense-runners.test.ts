import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { slidingLogits } from "./ade20k.js";
import { evaluateDepth } from "./depth.js";
import { evaluateNyuv2 } from "./nyuv2.js";
import { createConfusion, evaluateSegmentation, type DenseMap, type Picture } from "./segmentation.js";

const file = (): string => join(mkdtempSync(join(tmpdir(), "dense-")), "run.jsonl");
const picture = (width: number, height: number, of: (x: number, y: number) => number): Picture => ({
  data: Uint8Array.from({ length: width * height * 3 }, (_, i) =>
    of(Math.floor(i / 3) % width, Math.floor(i / 3 / width)),
  ),
  width,
  height,
});
/** Red decides: one logit a class, the largest at `red % classes`. */
const byRed = (classes: number) => {
  const asked: Picture[] = [];
  const predict = (images: readonly Picture[]): Promise<DenseMap[]> => {
    asked.push(...images);
    return Promise.resolve(
      images.map(({ data, width, height }) => ({
        width,
        height,
        channels: classes,
        values: Float32Array.from({ length: width * height * classes }, (_, i) =>
          data[Math.floor(i / classes) * 3]! % classes === i % classes ? 1 : 0,
        ),
      })),
    );
  };
  return { asked, predict };
};
const item = (id: string, image: Picture, data: ArrayLike<number>) => ({
  id,
  load: () => Promise.resolve({ image, truth: { data, width: image.width, height: image.height } }),
});
const torn = { id: "torn", load: () => Promise.reject<never>(new Error("image: cannot be read: torn")) };

describe("evaluateSegmentation", () => {
  const images = [0, 1, 2].map((shift) => picture(4, 3, (x, y) => x + y + shift));
  const items = images.map((image, i) => item(`image-${i}`, image, [0, 1, 2, 255, 0, 1, 2, 0, 1, 2, 0, 1]));

  it("counts over all images before it divides, keeps a line an image, and asks none twice", async () => {
    const [path, model] = [file(), byRed(3)];
    const options = { classes: ["a", "b", "c"], file: path };
    await evaluateSegmentation(model, items.slice(0, 2), options);
    const shown: string[] = [];
    const record = await evaluateSegmentation(model, items, {
      ...options,
      onPrediction: ({ id }) => void shown.push(id),
    });
    expect([model.asked.length, shown]).toEqual([3, ["image-2"]]);
    const confusion = createConfusion(3);
    for (const image of images)
      confusion.add(
        Array.from({ length: 12 }, (_, i) => image.data[i * 3]! % 3),
        [0, 1, 2, 255, 0, 1, 2, 0, 1, 2, 0, 1],
      );
    expect(record.metrics["mIoU"]!.value).toBeCloseTo(confusion.scores().mIoU, 12);
    expect(record.groups["b"]!.value).toBeCloseTo(confusion.scores().iou[1]!, 12);
    expect(readFileSync(path, "utf8").trim().split("\n")).toHaveLength(4);
  });

  it("a record says what could not be used, also when it goes on, and its budget counts what it holds", async () => {
    const path = file();
    const options = { classes: 3, file: path, maxCorruptFraction: 0.25 };
    await evaluateSegmentation(byRed(3), [torn, ...items.slice(0, 3)], options);
    const again = await evaluateSegmentation(byRed(3), [torn, ...items], options);
    expect(again.quarantined).toEqual([{ name: "torn", reason: "image: cannot be read: torn" }]);
    expect(again.perItem[0]).toMatchObject({ id: "torn", unusable: "image: cannot be read: torn", metrics: {} });
    await expect(
      evaluateSegmentation(byRed(3), [torn, ...items], { ...options, maxCorruptFraction: 0.1 }),
    ).rejects.toThrow(/at most 10 % of 4, received 1/);
  });

  it("leaves out and counts what cannot be used, within a budget", async () => {
    const bad: string[] = [];
    const odd = item(
      "odd",
      images[0]!,
      Array.from({ length: 12 }, () => 9),
    );
    const checkLabels = (labels: ArrayLike<number>, id: string): void => {
      if (Array.from(labels).includes(9)) throw new Error(`${id}: label 9`);
    };
    const options = {
      classes: 3,
      checkLabels,
      maxCorruptFraction: 0.4,
      onBad: ({ name }: { name: string }) => void bad.push(name),
    };
    const record = await evaluateSegmentation(byRed(3), [torn, ...items, odd], options);
    expect([bad, record.quarantined.map(({ reason }) => reason)]).toEqual([
      ["torn", "odd"],
      ["image: cannot be read: torn", "odd: label 9"],
    ]);
    expect(record.metrics["mIoU"]!.value).toBeCloseTo(
      (await evaluateSegmentation(byRed(3), items, { classes: 3 })).metrics["mIoU"]!.value,
      12,
    );
    await expect(
      evaluateSegmentation(byRed(3), [torn, ...items, odd], { ...options, maxCorruptFraction: 0.2 }),
    ).rejects.toThrow(/at most 20 % of 5, received 2\. The first is torn/);
    await expect(
      evaluateSegmentation(byRed(3), [torn, ...items], { ...options, maxCorruptFraction: 0 }),
    ).rejects.toThrow(/at most 0 % of 4, received 1/);
    await expect(evaluateSegmentation(byRed(2), items, { classes: 3 })).rejects.toThrow(/height × width × 3 numbers/);
  });
});

it("sliding windows of one rule add up to that rule on the whole image", async () => {
  const image = picture(11, 7, (x, y) => x * 3 + y);
  const resize = (given: Picture): Picture => given;
  const rows = await slidingLogits(byRed(5), image, { resize, shortSide: 7, window: 5, stride: 3 });
  const whole = (await byRed(5).predict([image]))[0]!;
  for (let y = 0; y < 7; y++)
    expect([...rows.row(y)]).toEqual(Array.from({ length: 11 * 5 }, (_, i) => whole.values[y * 11 * 5 + i]));
});

describe("evaluateDepth", () => {
  const depthOf = (metres: (picture: Picture, i: number) => number) => ({
    predict: (images: readonly Picture[]) =>
      Promise.resolve(
        images.map((image) => ({
          width: image.width,
          height: image.height,
          channels: 1,
          values: Float64Array.from({ length: image.width * image.height }, (_, i) => metres(image, i)),
        })),
      ),
  });
  const image = picture(4, 2, (x) => x + 1);
  const truth = [1, 2, 3, 4, 1, 2, NaN, 0];

  it("is the mean over images, without the pixels and images that were not measured", async () => {
    const tenth = depthOf(({ data }, i) => 1.1 * data[i * 3]!);
    const record = await evaluateDepth(
      tenth,
      [
        item("a", image, truth),
        item(
          "b",
          image,
          Array.from({ length: 8 }, () => 0),
        ),
      ],
      { crop: "none", file: file() },
    );
    expect(record.metrics["absRel"]!.value).toBeCloseTo(0.1, 12);
    expect(record.metrics["delta1"]!.value).toBe(1);
    expect(record.metrics["silog"]!.value).toBeCloseTo(0, 5);
    expect(record.perItem.map(({ prediction }) => prediction)[1]).toBe("no valid pixel");
  });

  it("averages with the mirrored image", async () => {
    const leftIsNear = depthOf((_, i) => (i % 4) + 1); // sees nothing: its mirror image says the opposite
    const record = await evaluateNyuv2(
      leftIsNear,
      [
        item(
          "a",
          image,
          Array.from({ length: 8 }, () => 2.5),
        ),
      ],
      { crop: "none" },
    );
    expect(record.metrics["rmse"]!.value).toBeCloseTo(0, 12);
    expect(
      (
        await evaluateNyuv2(
          leftIsNear,
          [
            item(
              "a",
              image,
              Array.from({ length: 8 }, () => 2.5),
            ),
          ],
          { crop: "none", flipTta: false },
        )
      ).metrics["rmse"]!.value,
    ).toBeGreaterThan(1);
  });
});
