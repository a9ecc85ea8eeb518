import * as tf from "@tensorflow/tfjs";

/**
 * Triangle, Keys' cubic with `a = −0.75` (PyTorch's maps) or, antialiased, with `a = −0.5` (Pillow's images), or the
 * nearest sample.
 */
export type Interpolation = "nearest" | "bilinear" | "bicubic";

/** Keys' cubic convolution kernel, support 2. */
const cubic = (x: number, a: number): number => {
  const t = Math.abs(x);
  if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  return t < 2 ? ((a * t - 5 * a) * t + 8 * a) * t - 4 * a : 0;
};

/**
 * Matrix `[to, from]` that resizes one axis; half-pixel centres, `source = (i + ½)·from/to − ½`.
 *
 * Plain: PyTorch's `interpolate(align_corners=False)`, samples outside clamped to the edge. Antialiased: Pillow's
 * filter, widened by `max(1, from/to)`, cut at the edge, weights normalised.
 *
 * @returns New tensor, owned by the caller; rows sum to 1.
 * @example
 * ```ts
 * interpolationMatrix(2, 4, "bilinear").print(); // [[1, 0], [0.75, 0.25], [0.25, 0.75], [0, 1]]
 * ```
 * @category images
 */
export const interpolationMatrix = (
  from: number,
  to: number,
  kind: Interpolation,
  { antialias = false }: { readonly antialias?: boolean } = {},
): tf.Tensor2D => {
  const matrix = new Float32Array(to * from);
  for (let i = 0; i < to; i++)
    matrix.set(antialias ? wideRow(from, to, i, kind) : plainRow(from, to, i, kind), i * from);
  return tf.tensor2d(matrix, [to, from]);
};

function plainRow(from: number, to: number, i: number, kind: Interpolation): Float64Array {
  const row = new Float64Array(from);
  const clamp = (j: number): number => Math.min(from - 1, Math.max(0, j));
  if (kind === "nearest") {
    row[clamp(Math.floor(((i + 0.5) * from) / to))] = 1;
    return row;
  }
  const exact = ((i + 0.5) * from) / to - 0.5;
  // PyTorch clamps a bilinear source at 0, not only its samples; with the far edge clamped too the result is the same.
  const start = Math.floor(exact);
  const share = exact - start;
  if (kind === "bilinear") {
    row[clamp(start)]! += 1 - share;
    row[clamp(start + 1)]! += share;
  } else {
    for (let k = -1; k <= 2; k++) row[clamp(start + k)]! += cubic(share - k, -0.75);
  }
  return row;
}

function wideRow(from: number, to: number, i: number, kind: Interpolation): Float64Array {
  const row = new Float64Array(from);
  const scale = Math.max(1, from / to);
  const centre = ((i + 0.5) * from) / to;
  const support = (kind === "bicubic" ? 2 : kind === "bilinear" ? 1 : 0.5) * scale;
  const first = Math.max(0, Math.floor(centre - support + 0.5));
  const end = Math.min(from, Math.floor(centre + support + 0.5));
  let sum = 0;
  for (let j = first; j < end; j++) {
    const x = (j + 0.5 - centre) / scale;
    const weight = kind === "bicubic" ? cubic(x, -0.5) : kind === "bilinear" ? Math.max(0, 1 - Math.abs(x)) : 1;
    row[j] = weight;
    sum += weight;
  }
  for (let j = first; j < end; j++) row[j]! /= sum;
  return row;
}
