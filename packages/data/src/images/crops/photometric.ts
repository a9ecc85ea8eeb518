import type { Random } from "@vpt/contracts";

/** Strength of each change and how often it is made. */
export interface Photometric {
  /** Brightness, contrast, saturation (factor 1 ± s) and hue (± share of the circle). */
  readonly jitter: readonly [number, number, number, number];
  readonly jitterShare: number;
  readonly grayShare: number;
  readonly blurShare: number;
  readonly solarizeShare: number;
}

/** Luma of ITU-R 601. */
export const gray = (r: number, g: number, b: number): number => 0.299 * r + 0.587 * g + 0.114 * b;
const clamp = (x: number): number => Math.min(1, Math.max(0, x));

/** Changes every pixel by `change(r, g, b)`, in place. */
export function eachPixel(
  pixels: Float32Array,
  change: (r: number, g: number, b: number) => readonly [number, number, number],
): void {
  for (let i = 0; i < pixels.length; i += 3) {
    const changed = change(pixels[i]!, pixels[i + 1]!, pixels[i + 2]!);
    for (let c = 0; c < 3; c++) pixels[i + c] = clamp(changed[c]!);
  }
}

const mix =
  (to: number, factor: number) =>
  (x: number): number =>
    to + factor * (x - to);

/** Turns the hue by `turn` of the colour circle, in HSV. */
export function turnHue(r: number, g: number, b: number, turn: number): [number, number, number] {
  const high = Math.max(r, g, b);
  const range = high - Math.min(r, g, b);
  if (range === 0) return [r, g, b];
  const sector = high === r ? (g - b) / range : high === g ? 2 + (b - r) / range : 4 + (r - g) / range;
  const hue = sector + 6 * turn;
  const channel = (offset: number): number => {
    const k = (((offset + hue) % 6) + 6) % 6;
    return high - range * Math.max(0, Math.min(k, 4 - k, 1));
  };
  return [channel(5), channel(3), channel(1)];
}

function jitter(pixels: Float32Array, strengths: Photometric["jitter"], random: Random): void {
  const factor = (strength: number): number => 1 + strength * (2 * random.uniform() - 1);
  const changes: ((p: Float32Array) => void)[] = [];
  const [brightness, contrast, saturation, hue] = strengths;
  const b = factor(brightness);
  changes.push((p) => eachPixel(p, (r, g, bl) => [r * b, g * b, bl * b]));
  const c = factor(contrast);
  changes.push((p) => {
    let sum = 0;
    for (let i = 0; i < p.length; i += 3) sum += gray(p[i]!, p[i + 1]!, p[i + 2]!);
    const to = mix((3 * sum) / p.length, c);
    eachPixel(p, (r, g, bl) => [to(r), to(g), to(bl)]);
  });
  const s = factor(saturation);
  changes.push((p) =>
    eachPixel(p, (r, g, bl) => {
      const to = mix(gray(r, g, bl), s);
      return [to(r), to(g), to(bl)];
    }),
  );
  const turn = hue * (2 * random.uniform() - 1);
  changes.push((p) => eachPixel(p, (r, g, bl) => turnHue(r, g, bl, turn)));
  for (let i = changes.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [changes[i], changes[j]] = [changes[j]!, changes[i]!];
  }
  for (const change of changes) change(pixels);
}

/** Gaussian of `sigma` pixels along one axis, borders repeated. */
function blurAxis(
  pixels: Float32Array,
  lines: number,
  length: number,
  line: number,
  step: number,
  sigma: number,
): void {
  const radius = Math.max(1, Math.ceil(3 * sigma));
  const taps = Array.from({ length: 2 * radius + 1 }, (_, k) => Math.exp(-((k - radius) ** 2) / (2 * sigma * sigma)));
  const total = taps.reduce((a, b) => a + b, 0);
  const copy = new Float32Array(length);
  for (let l = 0; l < lines; l++) {
    for (let c = 0; c < 3; c++) {
      const start = l * line + c;
      for (let i = 0; i < length; i++) copy[i] = pixels[start + i * step]!;
      for (let i = 0; i < length; i++) {
        let sum = 0;
        for (let k = 0; k < taps.length; k++)
          sum += taps[k]! * copy[Math.min(length - 1, Math.max(0, i + k - radius))]!;
        pixels[start + i * step] = sum / total;
      }
    }
  }
}

/**
 * Colour jitter in random order, gray, blur and solarising, each with its share, as DINO does them; in place on a
 * square crop of values in [0, 1]. The blur's deviation is 0.1 to 2 pixels at a global crop of 224, in proportion at
 * others (`blurScale`).
 *
 * @see facebookresearch/dino `DataAugmentationDINO`. Differs: floats throughout, no rounding to 8 bits between the
 *   changes.
 */
export function changePixels(
  pixels: Float32Array,
  side: number,
  {
    photometric,
    blurScale,
    random,
  }: { readonly photometric: Photometric; readonly blurScale: number; readonly random: Random },
): void {
  const happens = (share: number): boolean => random.uniform() < share;
  if (happens(photometric.jitterShare)) jitter(pixels, photometric.jitter, random);
  if (happens(photometric.grayShare))
    eachPixel(pixels, (r, g, b) => {
      const light = gray(r, g, b);
      return [light, light, light];
    });
  if (happens(photometric.blurShare)) {
    const sigma = blurScale * (0.1 + 1.9 * random.uniform());
    if (sigma > 0.05) {
      blurAxis(pixels, side, side, side * 3, 3, sigma);
      blurAxis(pixels, side, side, 3, side * 3, sigma);
    }
  }
  if (happens(photometric.solarizeShare))
    for (let i = 0; i < pixels.length; i++) if (pixels[i]! >= 0.5) pixels[i] = 1 - pixels[i]!;
}
