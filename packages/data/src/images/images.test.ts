import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { cropImage, decodeImage, decodeMapPng, encodePng, readImagePairs, resizeImage, resizeMap } from "./index.js";

/** Made by tools/make-image-fixtures.py. */
const fixture = (name: string): string => fileURLToPath(new URL(`./__fixtures__/${name}`, import.meta.url));
const image = (name: string) => decodeImage(readFileSync(fixture(name)));
const furthest = (a: Uint8Array, b: Uint8Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

describe("resizeImage", () => {
  const sizes = [
    [23, 17],
    [96, 64],
    [61, 20],
  ] as const;
  it.each(["bilinear", "bicubic"] as const)(
    "%s is within one grey level of Pillow, up, down and on one axis",
    async (kind) => {
      const source = await image("scene.png");
      for (const [width, height] of sizes) {
        const ours = resizeImage(source, { width, height, kind });
        const theirs = await image(`scene-${kind}-${width}x${height}.png`);
        expect(theirs.data.length).toBe(ours.data.length);
        expect(furthest(ours.data, theirs.data)).toBeLessThanOrEqual(1);
      }
    },
  );
});

describe("decoding", () => {
  it("reads PNG exactly, and grey and CMYK as RGB", async () => {
    const source = await image("scene.png");
    expect(await decodeImage(encodePng(source))).toEqual(source);
    const gray = await image("gray.png");
    expect([gray.data[0], gray.data[1]]).toEqual([gray.data[2], gray.data[2]]);
    const [cmyk, jpeg] = [await image("cmyk.jpg"), await image("scene.jpg")];
    expect([cmyk.width, cmyk.height, cmyk.data.length]).toEqual([jpeg.width, jpeg.height, jpeg.data.length]);
    const one = await image("one-pixel.png");
    expect([...one.data]).toEqual([7, 7, 7]);
    expect([...resizeImage(one, { width: 2, height: 2 }).data]).toEqual(Array(12).fill(7));
  });

  it("keeps 16-bit depths and palette indices", () => {
    expect([...decodeMapPng(readFileSync(fixture("depth-16.png"))).data]).toEqual([0, 7, 1007, 2007, 10000, 65535]);
    expect([...decodeMapPng(readFileSync(fixture("palette.png"))).data]).toEqual(
      Array.from({ length: 12 }, (_, i) => i % 5),
    );
    expect(() => decodeMapPng(readFileSync(fixture("scene.png")))).toThrow(/expected one channel, received 3/);
    expect(() => decodeMapPng(readFileSync(fixture("text.jpg")))).toThrow(/PNG: cannot be read/);
  });

  it.each(["truncated.jpg", "text.jpg", "huge.png"])("refuses %s in one line", async (name) => {
    await expect(image(name)).rejects.toThrow(/^image: cannot be read: [^\n]+$/);
  });
});

describe("readImagePairs", () => {
  const pairs = (bad: number, good: number) => {
    const folder = mkdtempSync(join(tmpdir(), "pairs-"));
    for (const part of ["images", "labels"]) mkdirSync(join(folder, part));
    for (let i = 0; i < good + bad; i++) {
      copyFileSync(
        fixture(i < bad ? "truncated.jpg" : "scene.jpg"),
        join(folder, "images", `${String(i).padStart(3, "0")}.jpg`),
      );
      copyFileSync(fixture("gray.png"), join(folder, "labels", `${String(i).padStart(3, "0")}.png`));
    }
    writeFileSync(join(folder, "images", "no-label.jpg"), "");
    return [join(folder, "images"), join(folder, "labels")] as const;
  };

  it("leaves bad pairs out and counts them, in the order of names", async () => {
    const told: string[] = [];
    const read = await readImagePairs(...pairs(1, 49), { onBad: ({ name }) => told.push(name) });
    expect(read.pairs.map(({ name }) => name)).toEqual(
      Array.from({ length: 49 }, (_, i) => String(i + 1).padStart(3, "0")),
    );
    expect(read.quarantined).toEqual([{ name: "000", reason: expect.stringMatching(/^image: cannot be read/) }]);
    expect(told).toEqual(["000"]);
  });

  it("gives up when too many are bad, or a folder is missing", async () => {
    await expect(readImagePairs(...pairs(2, 6))).rejects.toThrow(/pairs: 2 of 8 are bad, more than 5 %/);
    await expect(readImagePairs("nowhere", "labels")).rejects.toThrow(/nowhere: no such folder/);
  });
});

it("cropImage and resizeMap take the pixels they say", () => {
  const picture = { data: Uint8Array.from({ length: 4 * 3 * 3 }, (_, i) => i), width: 4, height: 3 };
  expect([...cropImage(picture, { left: 1, top: 2, width: 2, height: 1 }).data]).toEqual([27, 28, 29, 30, 31, 32]);
  expect(() => cropImage(picture, { left: 3, top: 0, width: 2, height: 1 })).toThrow(/leaves the image of 4 × 3/);
  const map = { data: Uint8Array.of(1, 2, 3, 4), width: 2, height: 2 };
  expect([...resizeMap(map, { width: 4, height: 1 }).data]).toEqual([3, 3, 4, 4]);
});
