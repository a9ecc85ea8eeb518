import { randomFromSeed, VptError } from "@vpt/contracts";
import { decodeImage, type DecodeOptions } from "../decode-image.js";
import { readReference, type ImageReference } from "../image-reference.js";
import type { SkippedSample } from "../bad-sample-tracker.js";
import type { RgbImage } from "../rgb-image.js";
import { drawCrops, type CropOptions, type CropPixels } from "./draw-crops.js";
import { epochOrder } from "./epoch-order.js";

/** Everything that the crops of a run depend on but the step. Plain data: it is sent to threads as it is. */
export interface CropPlan extends DecodeOptions {
  /** Decoded images, or where to read them. */
  readonly images: readonly RgbImage[] | readonly ImageReference[];
  readonly batchSize: number;
  readonly seed: number;
  readonly crops?: CropOptions;
}

/** The crops of one step. */
export interface CropDraw extends CropPixels {
  /** State of the step's random stream after the crops, for what is drawn next from it. */
  readonly random: readonly number[];
  /** Images that were looked at; one with a reason could not be read, and the next of the order took its place. */
  readonly looked: readonly (Pick<SkippedSample, "name"> & { readonly reason?: string })[];
}

/**
 * The crops of any step of a plan, one after another. A pure function of plan and step: images go by in a new order
 * each epoch, step t draws its crops from a stream of its own. A bad image is remembered and not decoded again.
 *
 * @throws {VptError} From the returned function, when no image can be read.
 * @category crops
 */
export function cropsOfPlan({
  images,
  batchSize,
  seed,
  crops,
  ...decoding
}: CropPlan): (step: number) => Promise<CropDraw> {
  if (images.length === 0) throw new VptError("crops: no images; give at least one");
  const itemAt = epochOrder(images.length, seed);
  const bad = new Map<string, string>();
  const load = async (item: RgbImage | ImageReference): Promise<RgbImage | string> => {
    if ("data" in item) return item;
    const known = bad.get(item.name);
    if (known !== undefined) return known;
    try {
      return await decodeImage(await readReference(item), decoding);
    } catch (error) {
      const reason = (error as Error).message;
      bad.set(item.name, reason);
      return reason;
    }
  };
  return async (step) => {
    const place = async (position: number) => {
      const looked: CropDraw["looked"][number][] = [];
      for (let tries = 0; tries < images.length; tries++) {
        const item = images[itemAt(position + tries)]!;
        const image = await load(item);
        const isBad = typeof image === "string";
        if (!("data" in item)) looked.push({ name: item.name, ...(isBad && { reason: image }) });
        if (!isBad) return { image, looked };
      }
      throw new VptError(
        `crops: none of ${images.length} images can be read; ${looked[0]!.name}: ${looked[0]!.reason}`,
      );
    };
    const places = await Promise.all(Array.from({ length: batchSize }, (_, k) => place(step * batchSize + k)));
    const random = randomFromSeed(seed, `crops ${step}`);
    const pixels = drawCrops(
      places.map(({ image }) => image),
      random,
      crops,
    );
    return { ...pixels, random: random.state(), looked: places.flatMap(({ looked }) => looked) };
  };
}
