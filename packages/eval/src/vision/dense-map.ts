import { EvalInputError } from "../errors.js";

/** An 8-bit RGB image: rows from the top, three bytes a pixel. */
export interface Picture {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Numbers at every place of a grid, `channels` beside each other: logits of classes, or one depth. */
export interface DenseMap {
  /** `[height, width, channels]` */
  readonly values: ArrayLike<number>;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/**
 * A frozen encoder with a dense head: a map an image, in order, of any resolution. Images of one call may differ in
 * size.
 */
export interface DensePredictor<Image = Picture> {
  predict(images: readonly Image[]): Promise<readonly DenseMap[]>;
}

/**
 * Neighbours of each target place on one axis and how much the second counts: bilinear, half-pixel centres, edges
 * clamped.
 */
export function bilinearTaps(from: number, to: number): { readonly low: Int32Array; readonly share: Float64Array } {
  const low = new Int32Array(to);
  const share = new Float64Array(to);
  for (let i = 0; i < to; i++) {
    const at = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
    low[i] = Math.min(Math.floor(at), Math.max(0, from - 2));
    share[i] = at - low[i]!;
  }
  return { low, share };
}

/** Rows of a map of some width, made when they are asked for. */
export interface Rows {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** `[width, channels]`; the caller does not keep it. */
  row(y: number): Float64Array;
}

/** A map as it is, row by row. */
export const rowsOf = ({ values, width, height, channels }: DenseMap): Rows => {
  const size = width * channels;
  return { width, height, channels, row: (y) => Float64Array.from({ length: size }, (_, i) => values[y * size + i]!) };
};

/**
 * Rows of another size: bilinear, half-pixel centres, no antialiasing (`align_corners = false`). Two rows of the
 * source, widened, are kept, so that a large map is never whole in memory; ask from the top.
 */
export function resizeRows(source: Rows, size: { readonly width: number; readonly height: number }): Rows {
  const { channels } = source;
  if (source.width === size.width && source.height === size.height) return source;
  const [across, down] = [bilinearTaps(source.width, size.width), bilinearTaps(source.height, size.height)];
  const widened = new Map<number, Float64Array>();
  const wide = (y: number): Float64Array => {
    const known = widened.get(y);
    if (known) return known;
    const row = source.row(y);
    const out = new Float64Array(size.width * channels);
    for (let x = 0; x < size.width; x++) {
      const share = across.share[x]!;
      const first = across.low[x]! * channels;
      const second = share === 0 ? first : first + channels;
      for (let c = 0; c < channels; c++)
        out[x * channels + c] = row[first + c]! * (1 - share) + row[second + c]! * share;
    }
    for (const old of widened.keys()) if (old < y - 1 || old > y) widened.delete(old);
    widened.set(y, out);
    return out;
  };
  const out = new Float64Array(size.width * channels);
  return {
    ...size,
    channels,
    row(y) {
      const share = down.share[y]!;
      const first = wide(down.low[y]!);
      const second = share === 0 ? first : wide(down.low[y]! + 1);
      for (let i = 0; i < out.length; i++) out[i] = first[i]! * (1 - share) + second[i]! * share;
      return out;
    },
  };
}

/** Class of the largest number at each place, ties to the lower class. */
export function argMaxRows({ width, height, channels, row }: Rows): Int32Array {
  const best = new Int32Array(width * height);
  for (let y = 0; y < height; y++) {
    const values = row(y);
    for (let x = 0; x < width; x++) {
      let top = 0;
      for (let c = 1; c < channels; c++) if (values[x * channels + c]! > values[x * channels + top]!) top = c;
      best[y * width + x] = top;
    }
  }
  return best;
}

/** All rows one after the other. */
export function collectRows({ width, height, channels, row }: Rows): Float64Array {
  const all = new Float64Array(width * height * channels);
  for (let y = 0; y < height; y++) all.set(row(y), y * width * channels);
  return all;
}

/** A rectangle of a picture, copied. */
export function cutPicture(
  { data, width }: Picture,
  box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
): Picture {
  const out = new Uint8Array(box.width * box.height * 3);
  for (let y = 0; y < box.height; y++) {
    const start = ((box.y + y) * width + box.x) * 3;
    out.set(data.subarray(start, start + box.width * 3), y * box.width * 3);
  }
  return { data: out, width: box.width, height: box.height };
}

/** Left and right exchanged. */
export function mirrorPicture({ data, width, height }: Picture): Picture {
  const out = new Uint8Array(data.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < 3; c++) out[(y * width + x) * 3 + c] = data[(y * width + width - 1 - x) * 3 + c]!;
  return { data: out, width, height };
}

/** Throws unless a predicted map is whole and has the channels that the task needs. */
export function checkMap(
  where: string,
  { values, width, height, channels }: Omit<DenseMap, "values"> & { readonly values: { readonly length: number } },
  expected: number,
): void {
  if (channels === expected && values.length === width * height * channels) return;
  throw new EvalInputError({
    where: `${where}: predicted map`,
    expected: `height × width × ${expected} numbers`,
    received: `${height} × ${width} × ${channels} with ${values.length} numbers`,
  });
}
