import type { RgbImage } from "./rgb-image.js";

/** One output sample of one axis: its first source sample and the weights from there on. */
interface Tap {
  readonly first: number;
  readonly weights: Float64Array;
}

/** Keys' cubic with `a = −½`, Pillow's. */
const cubic = (x: number): number => {
  const t = Math.abs(x);
  if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
  return t < 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0;
};
const triangle = (x: number): number => Math.max(0, 1 - Math.abs(x));

function taps(from: number, to: number, kind: "bilinear" | "bicubic"): Tap[] {
  const [kernel, reach] = kind === "bicubic" ? [cubic, 2] : [triangle, 1];
  const scale = Math.max(1, from / to);
  return Array.from({ length: to }, (_, i) => {
    const centre = ((i + 0.5) * from) / to;
    const first = Math.max(0, Math.floor(centre - reach * scale + 0.5));
    const end = Math.min(from, Math.floor(centre + reach * scale + 0.5));
    const weights = Float64Array.from({ length: end - first }, (_, k) => kernel((first + k + 0.5 - centre) / scale));
    const sum = weights.reduce((a, b) => a + b, 0);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}

/** Filters `count` lines of samples that lie `step` apart, lines `stride` apart, three channels beside each other. */
function pass(
  source: Uint8Array,
  out: Uint8ClampedArray,
  axis: {
    readonly taps: readonly Tap[];
    readonly lines: number;
    readonly sourceLine: number;
    readonly sourceStep: number;
    readonly outLine: number;
    readonly outStep: number;
  },
): void {
  for (let line = 0; line < axis.lines; line++) {
    axis.taps.forEach(({ first, weights }, i) => {
      const start = line * axis.sourceLine + first * axis.sourceStep;
      const at = line * axis.outLine + i * axis.outStep;
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (let k = 0; k < weights.length; k++) sum += weights[k]! * source[start + k * axis.sourceStep + channel]!;
        out[at + channel] = Math.floor(sum + 0.5); // clamped by the array
      }
    });
  }
}

/**
 * Antialiased resizing as Pillow does it: the kernel widens by `max(1, in/out)`, columns first, then rows, rounded to 8
 * bits after each.
 * @example
 * ```ts
 * const small = resizeImage(image, { width: 224, height: 224 });
 * ```
 * @see Pillow `Image.resize` with `BILINEAR` or `BICUBIC`; within one grey level of it.
 * @category images
 */
export function resizeImage(
  { data, width, height }: RgbImage,
  size: { readonly width: number; readonly height: number; readonly kind?: "bilinear" | "bicubic" },
): RgbImage {
  const { kind = "bicubic" } = size;
  let current = data;
  if (size.width !== width) {
    const wide = new Uint8ClampedArray(size.width * height * 3);
    pass(current, wide, {
      taps: taps(width, size.width, kind),
      lines: height,
      sourceLine: width * 3,
      sourceStep: 3,
      outLine: size.width * 3,
      outStep: 3,
    });
    current = new Uint8Array(wide.buffer);
  }
  if (size.height !== height) {
    const tall = new Uint8ClampedArray(size.width * size.height * 3);
    pass(current, tall, {
      taps: taps(height, size.height, kind),
      lines: size.width,
      sourceLine: 3,
      sourceStep: size.width * 3,
      outLine: 3,
      outStep: size.width * 3,
    });
    current = new Uint8Array(tall.buffer);
  }
  return { data: current === data ? Uint8Array.from(data) : current, width: size.width, height: size.height };
}
