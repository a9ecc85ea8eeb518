/**
 * One augmented training sample: normalised colours (`[side, side, 3]` or `[height, width, 3]`) and the map at the same
 * size.
 */
export interface DenseCrop {
  readonly pixels: Float32Array;
  readonly map: Float32Array;
  readonly width: number;
  readonly height: number;
}
