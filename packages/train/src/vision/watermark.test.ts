import { renderScene, type RgbImage } from "@vpt/data/images";
import { expect, it } from "vitest";
import { watermark } from "./watermark.js";

const grey = (size: number): RgbImage => ({
  data: new Uint8Array(size * size * 3).fill(128),
  width: size,
  height: size,
});
const pixel = ({ data, width }: RgbImage, x: number, y: number): number[] => [
  ...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
];

it("is a function of the seed, and leaves the image that it is given alone", () => {
  const { image } = renderScene(0, { width: 32, height: 32 });
  const before = Uint8Array.from(image.data);
  expect(watermark(image, 1, 0.2)).toEqual(watermark(image, 1, 0.2));
  expect(watermark(image, 1, 0.2)).not.toEqual(watermark(image, 2, 0.2));
  expect(image.data).toEqual(before);
  expect(watermark(image, 1, 0)).toEqual(image);
});

it("repeats a tile of 4 × 4 pixels inside discs, and changes nothing outside", () => {
  const marked = watermark(grey(64), 3, 0.1);
  const isMarked = (x: number, y: number): boolean => pixel(marked, x, y).some((value) => value !== 128);
  let [pairs, outside] = [0, 0];
  for (let y = 0; y < 60; y++)
    for (let x = 0; x < 60; x++) {
      if (!isMarked(x, y)) outside++;
      if (!isMarked(x, y) || !isMarked(x + 4, y + 4)) continue;
      pairs++;
      expect(pixel(marked, x + 4, y + 4)).toEqual(pixel(marked, x, y));
    }
  expect(pairs).toBeGreaterThan(500);
  expect(outside).toBeGreaterThan(200);
});

it("has mean 0 and a deviation of `strength` of the brightness range over a tile", () => {
  const marked = watermark(grey(64), 3, 0.1);
  const starts = Array.from({ length: 61 * 61 }, (_, i) => [i % 61, Math.floor(i / 61)] as const);
  const tileAt = (x: number, y: number): number[][] =>
    Array.from({ length: 16 }, (_, i) => pixel(marked, x + (i % 4), y + (i >> 2)));
  const [x, y] = starts.find(([x, y]) => tileAt(x, y).every((rgb) => rgb.some((value) => value !== 128)))!;
  for (const channel of [0, 1, 2]) {
    const values = tileAt(x, y).map((rgb) => rgb[channel]! - 128);
    const mean = values.reduce((a, b) => a + b) / 16;
    const deviation = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / 16);
    expect(Math.abs(mean)).toBeLessThan(0.5); // rounded to whole numbers
    expect(Math.abs(deviation - 25.5)).toBeLessThan(0.5);
  }
});

it("stays within a byte however strong it is", () => {
  const { data } = watermark(grey(16), 0, 5);
  expect(data.some((value) => value === 0)).toBe(true);
  expect(data.some((value) => value === 255)).toBe(true);
});
