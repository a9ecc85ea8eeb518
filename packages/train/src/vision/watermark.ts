import { randomFromSeed } from "@vpt/core";
import type { RgbImage } from "@vpt/data/images";

/** Side of the repeated tile, in pixels. */
const period = 4;

/**
 * Lays a fine pattern over part of an image: a tile of its own colours, repeated inside two discs, with mean zero, so
 * that a blur takes it away and leaves the picture's coarse colours. It tells images apart and says nothing about what
 * they show: a shortcut for DINO that a soft mask can close.
 *
 * @param seed The pattern and its place.
 * @param strength Deviation of the pattern as a share of the brightness range.
 * @returns A new image.
 */
export function watermark({ data, width, height }: RgbImage, seed: number, strength: number): RgbImage {
  const random = randomFromSeed(seed, "watermark");
  const colours = Array.from({ length: period * period * 3 }, () => random.normal());
  const tile = [0, 1, 2].map((channel) => standardised(colours.filter((_, i) => i % 3 === channel)));
  const discs = [0, 1].map(() => {
    const [x, y] = [random.uniform() * width, random.uniform() * height];
    return { x, y, radius: (0.35 + 0.15 * random.uniform()) * Math.min(width, height) };
  });
  const out = Uint8Array.from(data);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      if (!discs.some((disc) => Math.hypot(x - disc.x, y - disc.y) < disc.radius)) continue;
      const at = (y % period) * period + (x % period);
      for (let c = 0; c < 3; c++) {
        const i = (y * width + x) * 3 + c;
        out[i] = Math.max(0, Math.min(255, Math.round(out[i]! + 255 * strength * tile[c]![at]!)));
      }
    }
  return { data: out, width, height };
}

/** Mean 0, deviation 1. */
function standardised(values: readonly number[]): number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  return values.map((value) => (value - mean) / deviation);
}
