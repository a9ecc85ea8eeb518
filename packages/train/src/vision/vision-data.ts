import { readFileSync } from "node:fs";
import { join } from "node:path";
import { randomFromSeed, VptError } from "@vpt/core";
import {
  listImages,
  readImagePairs,
  renderScene,
  resizeImage,
  resizeMap,
  sceneClasses,
  type CropPlan,
  type ImagePair,
  type ImagePairsOptions,
  type SkippedSample,
  type RgbImage,
} from "@vpt/data/images";
import { openNyuDepth, readMat5 } from "@vpt/data/hdf5";
import type { DenseSample } from "@vpt/vision";
import type { VisionConfig } from "./config.js";
import { readNyuSplits } from "@vpt/vision/evaluation";
import { watermark } from "./watermark.js";

/** Disjoint pools of one run. */
export interface VisionPools {
  /** Decoded, or where to read them. */
  readonly unlabeled: CropPlan["images"];
  /** The stream before its watermark, where it has one. */
  readonly cleanUnlabeled?: CropPlan["images"];
  readonly evaluatorHeads: readonly DenseSample[];
  readonly feedback: readonly DenseSample[];
  readonly linearProbe: readonly DenseSample[];
  readonly test: readonly DenseSample[];
  /** None: depth alone. */
  readonly classes: readonly string[];
  readonly hasDepth: boolean;
  /** Labelled images that could not be used. */
  readonly skipped: readonly SkippedSample[];
}

/**
 * The pools that a configuration names. No image is in two of them, but for the stream of pairs, which sees no labels.
 */
export async function loadPools(
  { data, crops, loader }: VisionConfig,
  say: (line: string) => void,
): Promise<VisionPools> {
  if ("nyuv2" in data) return nyuPools(data);
  if ("pairs" in data) return pairPools(data, loader.maxCorruptFraction, say);
  const size = { width: crops.globalSize, height: crops.globalSize };
  let next = data.seed * 1_000_000;
  const scenes = (count: number): DenseSample[] => Array.from({ length: count }, () => renderScene(next++, size));
  const heads = scenes(data.evaluatorHeads);
  const feedback = scenes(data.feedback);
  const probe = scenes(data.linearProbe);
  const test = scenes(data.test);
  const square = { width: data.unlabeledSize, height: data.unlabeledSize };
  const clean = Array.from({ length: data.unlabeled }, () => renderScene(next++, square).image);
  const marked =
    data.watermark > 0 && clean.map((image, i) => watermark(image, data.seed * 1_000_000 + i, data.watermark));
  const streams = marked ? { unlabeled: marked, cleanUnlabeled: clean } : { unlabeled: clean };
  return {
    ...streams,
    evaluatorHeads: heads,
    feedback,
    linearProbe: probe,
    test,
    classes: sceneClasses,
    hasDepth: true,
    skipped: [],
  };
}

/** The pools with the stream as it was before its watermark, for the oracle. */
export function cleanPools(pools: VisionPools): VisionPools {
  if (pools.cleanUnlabeled) return { ...pools, unlabeled: pools.cleanUnlabeled };
  throw new VptError(
    `method "oracle": the stream has no watermark to leave out; set data.watermark of a rendered stream`,
  );
}

type PairData = Extract<VisionConfig["data"], { pairs: string }>;

/**
 * Training pairs split by the seed into heads, feedback and probe; all training images, unlabelled, are the stream;
 * `val` is the test.
 */
async function pairPools(
  data: PairData,
  maxCorruptFraction: number,
  say: (line: string) => void,
): Promise<VisionPools> {
  const left: SkippedSample[] = [];
  const options: ImagePairsOptions = {
    maxCorruptFraction,
    ...(data.limit !== undefined && { limit: data.limit }),
    checkLabels: ({ data: labels }) => {
      // One more value than there are classes, or 255, is void.
      const odd = labels.find((label: number) => label > data.classes && label !== 255);
      if (odd === undefined) return undefined;
      return data.zeroIsVoid
        ? `label ${odd}; expected 1 to ${data.classes}, or 0 or 255 for void`
        : `label ${odd}; expected 0 to ${data.classes - 1}, or ${data.classes} or 255 for void`;
    },
  };
  const read = async (split: string) => {
    const folders = ["images", "annotations"].map((part) => join(data.pairs, part, split)) as [string, string];
    const { pairs, quarantined } = await readImagePairs(...folders, options);
    left.push(...quarantined.map(({ name, reason }) => ({ name: `${split}/${name}`, reason })));
    if (quarantined.length > 0)
      say(
        `${split}: ${quarantined.length} bad pairs left out, the first ${quarantined[0]!.name}: ` +
          `${quarantined[0]!.reason}`,
      );
    return pairs;
  };
  const [train, val] = [await read(data.splits[0]), await read(data.splits[1])];
  const { evaluatorHeads: headCount, feedback: feedbackCount } = data;
  if (train.length <= headCount + feedbackCount)
    throw new VptError(
      `${data.pairs}: ${train.length} training pairs; "data.heads" and "data.feedback" together must ` +
        "leave some for the probe",
    );
  const [height, width] = data.size;
  const sample = ({ image, labels }: ImagePair): DenseSample => ({
    image: resizeImage(image, { width, height, kind: "bilinear" }),
    labels: classesOf(resizeMap(labels as ImagePair["labels"] & { data: Uint8Array }, { width, height })),
  });
  // 0 → 255 and k → k − 1, as mmsegmentation's reduce_zero_label.
  const classesOf = (map: ImagePair["labels"] & { data: Uint8Array }) =>
    data.zeroIsVoid ? { ...map, data: map.data.map((label) => (label === 0 || label === 255 ? 255 : label - 1)) } : map;
  const samples = shuffled(train, data.seed).map(sample);
  return {
    unlabeled:
      data.unlabeled === undefined
        ? train.map(({ image }) => shrunk(image, data.unlabeledSize))
        : await listImages(data.unlabeled),
    evaluatorHeads: samples.slice(0, headCount),
    feedback: samples.slice(headCount, headCount + feedbackCount),
    linearProbe: samples.slice(headCount + feedbackCount),
    test: val.map(sample),
    classes: Array.from({ length: data.classes }, (_, i) => `class ${i}`),
    hasDepth: false,
    skipped: left,
  };
}

/** In an order drawn by the seed. */
function shuffled<Item>(items: readonly Item[], seed: number): Item[] {
  const random = randomFromSeed(seed, "pools");
  const order = items.map((item) => ({ item, at: random.uniform() })).sort((a, b) => a.at - b.at);
  return order.map(({ item }) => item);
}

/** With a short side of `side` at most. */
function shrunk(image: RgbImage, side: number): RgbImage {
  const factor = side / Math.min(image.width, image.height);
  return factor >= 1
    ? image
    : resizeImage(image, { width: Math.round(image.width * factor), height: Math.round(image.height * factor) });
}

type NyuData = Extract<VisionConfig["data"], { nyuv2: string }>;

/** The training split, drawn into heads, feedback and probe; the test split is the test. */
async function nyuPools(data: NyuData): Promise<VisionPools> {
  const [height, width] = data.size;
  const nyu = await openNyuDepth(data.nyuv2);
  try {
    const { train, test } = readNyuSplits(data.splits, nyu.count, "data.splits");
    const { evaluatorHeads: heads, feedback } = data;
    if (train.length <= heads + feedback)
      throw new VptError(
        `${data.splits}: ${train.length} training images; "data.heads" and "data.feedback" together must ` +
          "leave some for the probe",
      );
    const classOf = data.mapping === undefined ? undefined : readMapping(data.mapping);
    const sample = (index: number): DenseSample => {
      const labels = classOf && resizeMap(nyu.labels(index), { width, height });
      return {
        image: resizeImage(nyu.image(index), { width, height, kind: "bilinear" }),
        depth: resizeMap(nyu.depth(index, data.depthField), { width, height }),
        ...(labels && { labels: { width, height, data: Uint8Array.from(labels.data, classOf) } }),
      };
    };
    const samples = shuffled(train, data.seed).map(sample);
    return {
      unlabeled:
        data.unlabeled === undefined
          ? train.map((index) => shrunk(nyu.image(index), data.unlabeledSize))
          : await listImages(data.unlabeled),
      evaluatorHeads: samples.slice(0, heads),
      feedback: samples.slice(heads, heads + feedback),
      linearProbe: samples.slice(heads + feedback),
      test: test.map(sample),
      classes: Array.from({ length: classOf ? nyuClasses : 0 }, (_, i) => `class ${i}`),
      hasDepth: true,
      skipped: [],
    };
  } finally {
    nyu.close();
  }
}

const nyuClasses = 40;

/** From one of NYUv2's 894 labels to one of 40 classes; 255 for what is unlabelled. */
function readMapping(path: string): (label: number) => number {
  const { mapClass } = readMat5(readFileSync(path));
  if (!mapClass?.every((each) => Number.isInteger(each) && each >= 1 && each <= nyuClasses))
    throw new VptError(
      `${path}: expected "mapClass" with a class of 1 to ${nyuClasses} for each label, as in classMapping40.mat`,
    );
  return (label) => (mapClass[label - 1] ?? 256) - 1;
}
