import type { Random } from "@vpt/contracts";
import { imageDeviation, imageMean } from "../crops/image-colours.js";
import type { PixelMap, RgbImage } from "../rgb-image.js";
import type { DenseCrop } from "./dense-crop.js";

/**
 * A training crop of NYUv2's linear protocol, at 640 × 480 and scaled at other sizes: the frame's valid part (rows 45
 * to 471, columns 43 to 607), half the time turned by up to 2.5°, flipped half the time, a random window, colours
 * changed half the time (gamma and channels 0.9 to 1.1, brightness 0.75 to 1.25). What lies outside of the frame is
 * black and 0 m: not measured.
 *
 * @param size Of the window; 416 × 544 in the protocol.
 * @param random Every draw; the same state gives the same crop.
 * @example
 * ```ts
 * const { pixels, map } = depthCrop({ image, depth }, randomFromSeed(0, "crop"), { width: 544, height: 416 });
 * ```
 * @see dinov3 `eval/depth/transforms.py`
 * @category crops
 */
export function depthCrop(
  { image, depth }: { readonly image: RgbImage; readonly depth: PixelMap },
  random: Random,
  size: { readonly width: number; readonly height: number },
): DenseCrop {
  const scaled = (at: number, length: number, full: number): number => Math.trunc((at * length) / full);
  const box = {
    left: scaled(43, image.width, 640),
    right: scaled(608, image.width, 640),
    top: scaled(45, image.height, 480),
    bottom: scaled(472, image.height, 480),
  };
  const [boxWidth, boxHeight] = [box.right - box.left, box.bottom - box.top];
  const { width, height } = size;
  const angle = random.uniform() < 0.5 ? ((random.uniform() * 5 - 2.5) * Math.PI) / 180 : 0;
  const flip = random.uniform() < 0.5;
  const [left, top] = [
    random.integer(Math.max(0, boxWidth - width) + 1),
    random.integer(Math.max(0, boxHeight - height) + 1),
  ];
  const colour = colourChange(random);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [middleX, middleY] = [(boxWidth - 1) / 2, (boxHeight - 1) / 2];
  const pixels = new Float32Array(width * height * 3);
  const map = new Float32Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [dx, dy] = [left + (flip ? width - 1 - x : x) - middleX, top + y - middleY];
      const [sx, sy] = [middleX + cos * dx + sin * dy, middleY - sin * dx + cos * dy];
      const at = y * width + x;
      const isInside = sx >= 0 && sy >= 0 && sx <= boxWidth - 1 && sy <= boxHeight - 1;
      const [nearX, nearY] = [box.left + Math.round(sx), box.top + Math.round(sy)];
      map[at] = isInside ? depth.data[nearY * image.width + nearX]! : 0;
      for (let c = 0; c < 3; c++) {
        const value = isInside ? between(image, box.left + sx, box.top + sy, c) / 255 : 0;
        pixels[at * 3 + c] = (colour(value, c) - imageMean[c]!) / imageDeviation[c]!;
      }
    }
  return { pixels, map, width, height };
}

/** Bilinear between the four pixels around a place. */
function between({ data, width, height }: RgbImage, x: number, y: number, c: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [right, bottom] = [Math.min(left + 1, width - 1), Math.min(top + 1, height - 1)];
  const [u, v] = [x - left, y - top];
  const at = (column: number, row: number): number => data[(row * width + column) * 3 + c]!;
  return (
    (1 - v) * ((1 - u) * at(left, top) + u * at(right, top)) + v * ((1 - u) * at(left, bottom) + u * at(right, bottom))
  );
}

function colourChange(random: Random): (value: number, channel: number) => number {
  if (random.uniform() >= 0.5) return (value) => value;
  const around = (share: number): number => 1 + share * (2 * random.uniform() - 1);
  const gamma = around(0.1);
  const brightness = around(0.25);
  const channels = [around(0.1), around(0.1), around(0.1)];
  return (value, channel) => Math.min(1, value ** gamma * brightness * channels[channel]!);
}
