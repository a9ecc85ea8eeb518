import type { Random } from "@vpt/contracts";
import type { Box } from "../rgb-image.js";

/**
 * A box of a random share of the area and a ratio between 3/4 and 4/3; the centre of the image when ten draws do not
 * fit.
 * @see torchvision `RandomResizedCrop`.
 * @category crops
 */
export function randomBox(
  { width, height }: { readonly width: number; readonly height: number },
  [low, high]: readonly [number, number],
  random: Random,
): Box {
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = width * height * (low + (high - low) * random.uniform());
    const ratio = Math.exp(Math.log(3 / 4) + (Math.log(4 / 3) - Math.log(3 / 4)) * random.uniform());
    const [w, h] = [Math.round(Math.sqrt(area * ratio)), Math.round(Math.sqrt(area / ratio))];
    if (w < 1 || h < 1 || w > width || h > height) continue;
    return { left: random.integer(width - w + 1), top: random.integer(height - h + 1), width: w, height: h };
  }
  const ratio = width / height;
  const w = ratio > 4 / 3 ? Math.round((height * 4) / 3) : width;
  const h = ratio < 3 / 4 ? Math.round((width * 4) / 3) : height;
  return { left: (width - w) >> 1, top: (height - h) >> 1, width: w, height: h };
}
