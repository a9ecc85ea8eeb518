import type * as tf from "@tensorflow/tfjs";

/** A function of tensors and where to differentiate it. */
export interface Case {
  readonly name: string;
  readonly f: (...xs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];
  /** Shapes of the inputs; values are seeded and lie in `range`. */
  readonly shapes: readonly (readonly number[])[];
  readonly range?: readonly [number, number];
  /** Bound on the relative error in float64, where the kernel itself is an approximation. */
  readonly tolerance?: number;
  /** Why a backend other than cpu is left out. */
  readonly cpuOnly?: string;
}

/** Seeded numbers in a range (mulberry32). */
export function numbers(size: number, seed: number, [low, high]: readonly [number, number] = [-1, 1]): number[] {
  let state = seed;
  return Array.from({ length: size }, () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return low + (high - low) * (((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32);
  });
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((size, axis) => size * axis, 1);
