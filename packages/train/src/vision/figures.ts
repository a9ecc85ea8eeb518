import * as tf from "@tensorflow/tfjs";
import type { Designer, Params } from "@vpt/core";
import { encodePng } from "@vpt/data/images";
import { applySoftMask, type VisionBatch, type VisionView } from "@vpt/vision";
import type { Predicted } from "./score-vision.js";

const mean = [0.485, 0.456, 0.406];
const deviation = [0.229, 0.224, 0.225];

/** Tiles of one size in rows, enlarged without smoothing. */
function tile(rows: readonly (readonly Uint8Array[])[], width: number, height: number): Uint8Array {
  const zoom = Math.max(1, Math.floor(96 / width));
  const columns = Math.max(...rows.map((row) => row.length));
  const [wide, tall] = [columns * (width * zoom + 4), rows.length * (height * zoom + 4)];
  const pixels = new Uint8Array(wide * tall * 3).fill(255);
  rows.forEach((row, r) =>
    row.forEach((image, c) => {
      for (let y = 0; y < height * zoom; y++)
        for (let x = 0; x < width * zoom; x++) {
          const from = (Math.floor(y / zoom) * width + Math.floor(x / zoom)) * 3;
          const to = ((r * (height * zoom + 4) + y) * wide + c * (width * zoom + 4) + x) * 3;
          pixels.set(image.subarray(from, from + 3), to);
        }
    }),
  );
  return encodePng({ data: pixels, width: wide, height: tall });
}

const gray = (values: ArrayLike<number>, low: number, high: number): Uint8Array =>
  Uint8Array.from({ length: values.length * 3 }, (_, i) =>
    Math.max(0, Math.min(255, (255 * (values[Math.floor(i / 3)]! - low)) / (high - low))),
  );

/** Colours that tell neighbouring classes apart; what is no class is black. */
const palette = (labels: ArrayLike<number>, classes: number): Uint8Array => {
  const out = new Uint8Array(labels.length * 3);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (label >= classes) continue;
    for (let c = 0; c < 3; c++)
      out[i * 3 + c] = 128 + 110 * Math.cos(2 * Math.PI * ((label * 0.618) % 1) - (2 * Math.PI * c) / 3);
  }
  return out;
};

/** Six crops, their masks and what the student sees: a column each. */
export async function maskFigure(
  designer: Designer<VisionBatch, VisionView>,
  params: Params,
  batch: VisionBatch,
  blur: number,
): Promise<Uint8Array> {
  const { mask, views, crops } = tf.tidy(() => {
    const crops = tf.slice(batch.globals_NHWC, 0, [Math.min(6, batch.images), -1, -1, -1]);
    const mask = designer.design(params, batch, { globals_NHWC: crops })["mask_NHW1"] as tf.Tensor4D;
    return { mask, views: applySoftMask(crops, mask, { blur }), crops };
  });
  const [, height, width] = crops.shape;
  const colours = async (images: tf.Tensor4D): Promise<Uint8Array[]> => {
    const data = await images.data();
    const size = width * height * 3;
    return Array.from({ length: images.shape[0] }, (_, i) =>
      Uint8Array.from({ length: size }, (_, j) =>
        Math.max(0, Math.min(255, 255 * (data[i * size + j]! * deviation[j % 3]! + mean[j % 3]!))),
      ),
    );
  };
  const values = await mask.data();
  const masks = Array.from({ length: mask.shape[0] }, (_, i) =>
    gray(values.slice(i * width * height, (i + 1) * width * height), 0, 1),
  );
  const rows = [await colours(crops), masks, await colours(views)];
  tf.dispose([mask, views, crops]);
  return tile(rows, width, height);
}

/** Image, true labels, predicted labels, true depth, predicted depth: a column a test image. */
export function predictionFigure(shown: readonly Predicted[], classes: number): Uint8Array {
  const { width, height } = shown[0]!.sample.image;
  const rows = [
    shown.map(({ sample }) => sample.image.data),
    ...(shown[0]!.labels
      ? [
          shown.map(({ sample }) => palette(sample.labels!.data, classes)),
          shown.map(({ labels }) => palette(labels!, classes)),
        ]
      : []),
    ...(shown[0]!.depth
      ? [shown.map(({ sample }) => gray(sample.depth!.data, 8, 0)), shown.map(({ depth }) => gray(depth!, 8, 0))]
      : []),
  ];
  return tile(rows, width, height);
}
