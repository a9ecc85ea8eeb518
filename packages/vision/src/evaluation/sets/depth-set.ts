import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { VptError } from "@vpt/core";
import { openNyuDepth } from "@vpt/data/hdf5";
import { listImagePairs, readImagePair, type ImagePairReference, type PixelMap, type RgbImage } from "@vpt/data/images";
import { nyuSubsets, nyuv2, parseBtsList } from "@vpt/eval/nyuv2";
import { readNyuSplits } from "./nyu-splits.js";

/** An image with its depth in metres, read when its turn comes. */
export interface DepthItem {
  readonly id: string;
  load(): Promise<{ readonly image: RgbImage; readonly truth: PixelMap }>;
}

/** A depth benchmark. */
export interface DepthSet {
  readonly name: string;
  readonly train: readonly DepthItem[];
  readonly test: readonly DepthItem[];
  /** Metres beyond which truth does not count. */
  readonly maxDepth: number;
  /** Part of a test image that is scored. */
  readonly crop: "none" | "eigen";
  /** Training window in pixels. */
  readonly window: { readonly width: number; readonly height: number };
  /** For the record. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Frees what the items are read from. */
  close?(): void;
}

const defaultWindow = { width: 544, height: 416 };

/**
 * Opens folders of images and 16-bit depth PNGs as a depth benchmark.
 *
 * @param options `unit` steps of the PNGs to the metre, default 1,000; 0 in a PNG was not measured.
 * @throws {VptError} When a folder is missing or an image has no depth.
 * @example
 * ```ts
 * import { openDepthFolders } from "@vpt/vision/evaluation";
 *
 * openDepthFolders({ images: "set/images", depth: "set/depth", maxDepth: 80 });
 * ```
 * @category sets
 */
export function openDepthFolders(options: {
  readonly images: string;
  readonly depth: string;
  readonly splits?: readonly [train: string, test: string];
  readonly unit?: number;
  readonly maxDepth?: number;
  readonly window?: DepthSet["window"];
}): DepthSet {
  const { images, depth, splits = ["train", "val"], unit = 1000, maxDepth = 10, window = defaultWindow } = options;
  const items = (split: string) =>
    listImagePairs(join(images, split), join(depth, split)).map((pair) => depthPair(pair, unit));
  return { name: "depth", train: items(splits[0]), test: items(splits[1]), maxDepth, crop: "none", window };
}

/** Options of {@link openNyuv2}. */
export interface Nyuv2Options {
  /** `splits.mat`, or JSON `{ trainNdxs, testNdxs }` that counts from 1; needed for the `.mat`. */
  readonly splits?: string | undefined;
  /** Depth with holes (the default), or filled. */
  readonly depthField?: "rawDepths" | "depths";
  /** Training images: all, or the paper's 512, drawn by the seed. */
  readonly subset?: "all" | "paper";
  readonly seed?: number;
  readonly crop?: DepthSet["crop"];
  readonly window?: DepthSet["window"];
}

/**
 * Opens NYUv2: `nyu_depth_v2_labeled.mat`, or BTS's folder with `nyu_train.txt` and `nyu_test.txt`. Call `close` at the
 * end.
 *
 * @throws {VptError} When the file is missing, the splits are not its own, or a list leads out of the folder.
 * @example
 * ```ts
 * import { openNyuv2 } from "@vpt/vision/evaluation";
 *
 * const set = await openNyuv2("nyu_depth_v2_labeled.mat", { splits: "splits.mat" });
 * ```
 * @category sets
 */
export async function openNyuv2(path: string, options: Nyuv2Options = {}): Promise<DepthSet & { close(): void }> {
  const { depthField = "rawDepths", subset = "all", seed = 0, crop = "eigen", window = defaultWindow } = options;
  if (!existsSync(path)) throw new VptError(`${path}: no such file; expected nyu_depth_v2_labeled.mat or BTS's folder`);
  const isFolder = statSync(path).isDirectory();
  const { train, test, close } = isFolder ? btsItems(path) : await matItems(path, options.splits, depthField);
  const indices = train.map((_, i) => i);
  const kept = subset === "paper" ? nyuSubsets(indices, { seed }).head : indices;
  const settings = { depthField: isFolder ? "rawDepths" : depthField };
  const chosen = { train: kept.map((i) => train[i]!), test };
  return { name: "nyuv2", ...chosen, maxDepth: nyuv2.maxDepth, crop, window, settings, close };
}

async function matItems(path: string, splits: string | undefined, field: "rawDepths" | "depths") {
  if (splits === undefined)
    throw new VptError("splits: expected splits.mat of the official split, or JSON { trainNdxs, testNdxs }");
  const nyu = await openNyuDepth(path);
  const { train, test } = readNyuSplits(splits, nyu.count, "splits");
  const item = (index: number): DepthItem => ({
    id: `image ${index + 1}`,
    load: async () => ({ image: nyu.image(index), truth: nyu.depth(index, field) }),
  });
  return { train: train.map(item), test: test.map(item), close: () => nyu.close() };
}

function btsItems(folder: string) {
  const items = (list: string): DepthItem[] => {
    const path = join(folder, list);
    if (!existsSync(path))
      throw new VptError(`${path}: no such file; expected BTS's lists nyu_train.txt and nyu_test.txt`);
    return parseBtsList(readFileSync(path, "utf8")).map(({ image, depth }) => {
      if ([image, depth].some((name) => name.split("/").includes("..")))
        throw new VptError(`${path}: ${image} leads out of the folder`);
      return depthPair({ name: image, image: join(folder, image), map: join(folder, depth) }, 1000);
    });
  };
  return { train: items("nyu_train.txt"), test: items("nyu_test.txt"), close: () => undefined };
}

/** A pair whose map is a 16-bit PNG, `unit` of its steps to the metre. */
const depthPair = (reference: ImagePairReference, unit: number): DepthItem => ({
  id: reference.name,
  load: async () => {
    const { image, labels } = await readImagePair(reference);
    return { image, truth: { ...labels, data: Float32Array.from(labels.data, (value) => value / unit) } };
  },
});
