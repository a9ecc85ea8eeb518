import { checkLength, EvalInputError } from "../errors.js";
import { failedItems, tryLoad, type LoadedItem, type LoadedRunOptions } from "./evaluate-loaded.js";
import { createFeatureFile } from "./internal/feature-file.js";
import type { FeatureExtractor } from "../runner/runners.js";

/** Features of many images one after the other, `width` numbers each. */
export interface FeatureMatrix {
  readonly values: ArrayLike<number>;
  readonly width: number;
}

/** Features of the items that could be read. */
export interface FeatureSet extends FeatureMatrix {
  readonly values: Float32Array;
  /** Which item each row is of. */
  readonly kept: readonly number[];
  readonly quarantined: readonly { readonly name: string; readonly reason: string }[];
}

/** Options of {@link extractFeatures}. */
export interface ExtractOptions extends Pick<
  LoadedRunOptions,
  "batchSize" | "maxCorruptFraction" | "onBad" | "onProgress" | "signal"
> {
  /**
   * Keep the rows in `FILE.f32` (little-endian float32) and their items in `FILE.jsonl`, batch by batch; a stopped
   * extraction goes on from there and a finished one is read.
   */
  readonly file?: string;
  /** What made the features, such as the model and its view; a file of another maker is refused. */
  readonly maker?: string;
}

/**
 * Features of a frozen encoder for every item that can be read, in batches. What cannot be read is left out, counted
 * and budgeted.
 *
 * @throws {EvalInputError} When too many items cannot be read, none can, features differ in length, or the file is of
 *   other items.
 * @example
 * ```ts
 * import { extractFeatures } from "@vpt/eval/imagenet";
 * import { imagenetView, vitExtractor } from "@vpt/vision";
 * import { openImageClasses } from "@vpt/vision/evaluation";
 *
 * const set = await openImageClasses("imagenet");
 * const extractor = vitExtractor(vit, { view: (image) => imagenetView(image) });
 * const train = await extractFeatures(extractor, set.train, { file: "train-features", maker: "dinov3-s, cls" });
 * ```
 * @category features
 */
export async function extractFeatures<Image>(
  extractor: FeatureExtractor<Image>,
  items: readonly LoadedItem<Image>[],
  options: ExtractOptions = {},
): Promise<FeatureSet> {
  const { batchSize = 8, onProgress, signal, file, maker = "" } = options;
  const failed = failedItems("extractFeatures", items.length, {
    maxCorruptFraction: options.maxCorruptFraction,
    onBad: options.onBad,
  });
  const stored =
    file === undefined
      ? undefined
      : await createFeatureFile(
          file,
          maker,
          items.map(({ id }) => id),
        );
  const kept: number[] = [...(stored?.kept ?? [])];
  for (const { name, reason } of stored?.bad ?? []) failed.add(name, reason);
  let width = stored?.width ?? 0;
  let values = new Float32Array(items.length * width);
  await stored?.read(values);
  let done = kept.length + failed.items.length;
  onProgress?.(done, items.length);
  while (done < items.length) {
    signal?.throwIfAborted();
    const batch = items.slice(done, done + batchSize);
    const loaded = await Promise.all(batch.map((item) => tryLoad(item, failed)));
    const images = loaded.flatMap((value) => ("loaded" in value ? [value.loaded] : []));
    const features = images.length === 0 ? [] : await extractor.extract(images);
    checkLength("extractFeatures: features of a batch", features.length, images.length, "features, one an image");
    for (const feature of features) {
      if (width === 0) [width, values] = [feature.length, new Float32Array(items.length * feature.length)];
      checkLength("extractFeatures: feature", feature.length, width);
    }
    await stored?.append(
      batch.map(({ id }, i) => ({ id, ...("unusable" in loaded[i]! && { unusable: loaded[i].unusable }) })),
      features,
    );
    let next = 0;
    loaded.forEach((value, i) => {
      if (!("loaded" in value)) return;
      values.set(features[next++]!, kept.length * width);
      kept.push(done + i);
    });
    done += batch.length;
    onProgress?.(done, items.length);
  }
  if (width === 0)
    throw new EvalInputError({
      where: "extractFeatures: items",
      expected: "at least one that can be read",
      received: `${items.length} items, none readable`,
    });
  return { values: values.subarray(0, kept.length * width), width, kept, quarantined: failed.items };
}
