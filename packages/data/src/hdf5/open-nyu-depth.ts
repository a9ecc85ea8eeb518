import { VptError } from "@vpt/contracts";
import type { PixelMap, RgbImage } from "../images/rgb-image.js";
import { openHdf5, type Hdf5File } from "./open-hdf5.js";

/** NYUv2's labelled images, read one by one. */
export interface NyuDepth {
  /** Images in the file: 1,449 in the released one. */
  readonly count: number;
  /** @param index From 0; `splits.mat` counts from 1. */
  image(index: number): RgbImage;
  /** Metres: `rawDepths` as measured, 0 where it was not; `depths` with the holes filled. */
  depth(index: number, field: "rawDepths" | "depths"): PixelMap<Float32Array>;
  /** The file's own 894 classes from 1; 0 is unlabelled. */
  labels(index: number): PixelMap<Uint16Array>;
  close(): void;
}

/**
 * Opens `nyu_depth_v2_labeled.mat`. MATLAB's axes are reversed in HDF5, so an image lies there as `[3, width, height]`
 * and a map as `[width, height]`: they are turned round here. About 2 MB are read an image.
 *
 * @throws {VptError} When the file is not that one; from `image`, `depth` and `labels`, when the index is none of its
 *   images.
 * @example
 * ```ts
 * const nyu = await openNyuDepth("nyu_depth_v2_labeled.mat");
 * const { data, width, height } = nyu.depth(0, "rawDepths"); // 640 × 480
 * ```
 * @category hdf5
 */
export async function openNyuDepth(path: string): Promise<NyuDepth> {
  const file = await openHdf5(path);
  try {
    const [count = 0, channels, width = 0, height = 0, ...more] = file.shape("images");
    if (channels !== 3 || more.length > 0)
      throw new VptError(`${path}: "images" is ${shapeText(file, "images")}, expected images × 3 × width × height`);
    const row = (index: number) => {
      if (Number.isInteger(index) && index >= 0 && index < count) return [index, index + 1] as const;
      throw new VptError(`${path}: image ${index}; expected 0 to ${count - 1}`);
    };
    const map = <Data extends Float32Array | Uint16Array>(index: number, field: string, data: Data): PixelMap<Data> => {
      const [maps, wide, high] = file.shape(field);
      if (maps !== count || wide !== width || high !== height)
        throw new VptError(
          `${path}: "${field}" is ${shapeText(file, field)}, expected ${count} × ${width} × ${height}`,
        );
      const columns = file.read(field, [row(index), [], []]);
      for (let x = 0; x < width; x++) for (let y = 0; y < height; y++) data[y * width + x] = columns[x * height + y]!;
      return { data, width, height };
    };
    return {
      count,
      image(index) {
        const planes = file.read("images", [row(index), [], [], []]);
        const data = new Uint8Array(width * height * 3);
        for (let c = 0; c < 3; c++)
          for (let x = 0; x < width; x++)
            for (let y = 0; y < height; y++) data[(y * width + x) * 3 + c] = planes[(c * width + x) * height + y]!;
        return { data, width, height };
      },
      depth: (index, field) => map(index, field, new Float32Array(width * height)),
      labels: (index) => map(index, "labels", new Uint16Array(width * height)),
      close: () => file.close(),
    };
  } catch (error) {
    file.close();
    throw error;
  }
}

const shapeText = (file: Hdf5File, name: string): string => file.shape(name).join(" × ") || "a single value";
