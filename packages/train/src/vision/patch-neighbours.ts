import * as tf from "@tensorflow/tfjs";
import { randomFromSeed, type Random } from "@vpt/core";
import { createKnn } from "@vpt/eval/imagenet";
import type { PixelMap } from "@vpt/data/images";
import type { DenseSample } from "@vpt/vision";

/** Neighbours that vote, as many as DINO reports. */
const neighbours = 20;

/** Patches of either side: a vote compares each test patch with every known one. */
const most = { known: 2000, test: 1000 } as const;

/** Images with the features of their patches. */
export interface PatchFeatures {
  readonly samples: readonly DenseSample[];
  /** Rows and columns of patches; the images' order is that of `samples`. */
  readonly features_BHWD: tf.Tensor4D;
}

/** What {@link patchNeighbours} has been asked so far. */
export interface PatchNeighbours {
  /** Classifies patches of these images. */
  add(images: PatchFeatures): Promise<void>;
  /** Share of the test patches whose class the vote names; undefined before the first, or for features not finite. */
  accuracy(): number | undefined;
}

/**
 * Classifies patches by weighted nearest neighbours among the patches of labelled images, as DINO does with whole
 * images: a measure of the features that trains nothing. The class of a patch is the most frequent class of its pixels,
 * void left out; patches of void alone are left out too. Whole images of dense data would have nearly one class for all
 * of them: walls in rooms, roads in streets.
 *
 * At most about 2000 known and 1000 test patches are drawn, the same for equal seeds.
 *
 * @param known The labelled images to compare with.
 * @param options.testImages Number of images that `add` is going to see.
 * @see facebookresearch/dino, `eval_knn.py`: k = 20, temperature 0.07.
 */
export async function patchNeighbours(
  known: PatchFeatures,
  { classes, testImages, seed }: { readonly classes: number; readonly testImages: number; readonly seed: number },
): Promise<PatchNeighbours> {
  const random = randomFromSeed(seed, "patch neighbours");
  const [, height, breadth, width] = known.features_BHWD.shape;
  const patches = (images: number): number => images * height * breadth;
  const { rows, labels } = await drawPatches(known, classes, most.known / patches(known.samples.length), random);
  const isUsable = labels.length > 0 && rows.every(Number.isFinite);
  const knn = isUsable
    ? createKnn({ values: rows, width }, labels, { classes, k: Math.min(neighbours, labels.length) })
    : undefined;
  let [asked, right, isFinite] = [0, 0, isUsable];
  return {
    async add(images) {
      const drawn = await drawPatches(images, classes, most.test / patches(testImages), random);
      isFinite &&= drawn.rows.every(Number.isFinite);
      if (!isFinite) return;
      drawn.labels.forEach((label, i) => {
        if (knn!.rank(drawn.rows.subarray(i * width, (i + 1) * width))[0] === label) right++;
      });
      asked += drawn.labels.length;
    },
    accuracy: () => (isFinite && asked > 0 ? right / asked : undefined),
  };
}

/** Features and classes of patches, each drawn with the same probability. */
async function drawPatches(
  { samples, features_BHWD }: PatchFeatures,
  classes: number,
  probability: number,
  random: Random,
): Promise<{ readonly rows: Float32Array; readonly labels: readonly number[] }> {
  const [, height, width, channels] = features_BHWD.shape;
  const places: number[] = [];
  const labels: number[] = [];
  samples.forEach((sample, i) => {
    const all = patchClasses(sample.labels!, [height, width], classes);
    all.forEach((label, at) => {
      if (random.uniform() >= probability || label < 0) return;
      places.push(i * height * width + at);
      labels.push(label);
    });
  });
  if (places.length === 0) return { rows: new Float32Array(), labels };
  const drawn = tf.tidy(() => tf.gather(tf.reshape(features_BHWD, [-1, channels]), tf.tensor1d(places, "int32")));
  const rows = (await drawn.data()) as Float32Array;
  drawn.dispose();
  return { rows, labels };
}

/** The most frequent class of each patch's pixels, ties to the lower; −1 for a patch of void alone. */
export function patchClasses(
  map: PixelMap,
  [rows, columns]: readonly [number, number],
  classes: number,
): readonly number[] {
  const counts = new Uint32Array(rows * columns * classes);
  for (let y = 0; y < map.height; y++)
    for (let x = 0; x < map.width; x++) {
      const label = map.data[y * map.width + x]!;
      if (label >= classes) continue;
      const patch = Math.floor((y * rows) / map.height) * columns + Math.floor((x * columns) / map.width);
      counts[patch * classes + label]!++;
    }
  return Array.from({ length: rows * columns }, (_, i) => {
    const own = counts.subarray(i * classes, (i + 1) * classes);
    const most = Math.max(...own);
    return most > 0 ? own.indexOf(most) : -1;
  });
}
