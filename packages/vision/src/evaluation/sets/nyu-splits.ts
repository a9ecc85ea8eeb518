import { existsSync, readFileSync } from "node:fs";
import { VptError } from "@vpt/core";
import { readMat5 } from "@vpt/data/hdf5";

/** Indices of NYUv2's images, from 0. */
export interface NyuSplits {
  readonly train: readonly number[];
  readonly test: readonly number[];
}

/**
 * NYUv2's official split: `splits.mat`, or JSON of the same names, which count from 1.
 *
 * @param where What names the file, for errors.
 * @param count Images there are.
 * @throws {VptError} When the file is missing, names none of the images, or an image twice.
 */
export function readNyuSplits(path: string, count: number, where: string): NyuSplits {
  if (!existsSync(path)) throw new VptError(`${where} ${path}: no such file`);
  const bytes = readFileSync(path);
  const read = (path.endsWith(".json") ? JSON.parse(bytes.toString("utf8")) : readMat5(bytes)) as Readonly<
    Record<string, ArrayLike<number> | undefined>
  >;
  const indices = (name: string): number[] => {
    const list = read[name];
    if (!list) throw new VptError(`${where} ${path}: no ${name} in it`);
    return Array.from(list, (index) => {
      if (Number.isInteger(index) && index >= 1 && index <= count) return index - 1;
      throw new VptError(`${where} ${path}: ${name} holds ${index}; expected 1 to ${count}`);
    });
  };
  const [train, test] = [indices("trainNdxs"), indices("testNdxs")];
  const trained = new Set(train);
  const both = test.find((index) => trained.has(index));
  if (both !== undefined) throw new VptError(`${where} ${path}: image ${both + 1} is in both splits`);
  return { train, test };
}
