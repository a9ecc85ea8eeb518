import * as tf from "@tensorflow/tfjs";
import { forEach, linearIn, rule, type Rules } from "./rule.js";

interface PoolAttrs {
  readonly filterSize: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: "valid" | "same" | number | tf.backend_util.ExplicitPadding;
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
}

/** The window's entries at one offset, for every output position: `[B, outHeight, outWidth, C]`. */
const atOffset = (padded: tf.Tensor4D, row: number, column: number, info: tf.backend_util.Conv2DInfo): tf.Tensor =>
  tf.stridedSlice(
    padded,
    [0, row, column, 0],
    [
      info.batchSize,
      row + (info.outHeight - 1) * info.strideHeight + 1,
      column + (info.outWidth - 1) * info.strideWidth + 1,
      info.inChannels,
    ],
    [1, info.strideHeight, info.strideWidth, 1],
  );

/** Pooling, resizing and warping. All but MaxPool are linear in the image; their gradients are linear in `dy`. */
export const images: Rules = {
  AvgPool: linearIn(["x"]),
  AvgPool3D: linearIn(["x"]),
  ...forEach(["AvgPoolGrad", "AvgPool3DGrad"], linearIn(["dy"], ["input"])),
  ...forEach(["MaxPoolGrad", "MaxPool3DGrad"], linearIn(["dy"], ["input", "output"])), // which entry won does not move
  ...forEach(["ResizeBilinear", "ResizeNearestNeighbor"], linearIn(["images"])),
  ...forEach(["ResizeBilinearGrad", "ResizeNearestNeighborGrad"], linearIn(["dy"], ["images"])),
  CropAndResize: rule<"image" | "boxes" | "boxInd">((call) => {
    const attrs = { ...call.attrs, extrapolationValue: 0 };
    return linearIn(["image"])({ ...call, attrs });
  }),
  Transform: rule<"image" | "transforms">((call) =>
    linearIn(["image"])({ ...call, attrs: { ...call.attrs, fillValue: 0 } }),
  ),
  RotateWithOffset: rule<"image">((call) => linearIn(["image"])({ ...call, attrs: { ...call.attrs, fillValue: 0 } })),

  // The tangent of the entry that won each window: offset by offset, so that the first of several equal ones has the
  // last word.
  MaxPool: rule<"x", PoolAttrs>(
    ({ inputs: { x }, tangents, outputs: [y], attrs: { filterSize, strides, pad, dimRoundingMode } }) => {
      const shape = x.shape as [number, number, number, number];
      const info = tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
      const { top, left, bottom, right } = info.padInfo;
      const padWith = (z: tf.Tensor, value: number) =>
        tf.pad(
          z as tf.Tensor4D,
          [
            [0, 0],
            [top, bottom],
            [left, right],
            [0, 0],
          ],
          value,
        );
      const [values, moves] = [padWith(x, Number.NEGATIVE_INFINITY), padWith(tangents.x!, 0)];
      let won: tf.Tensor = tf.zerosLike(y);
      for (let row = info.filterHeight - 1; row >= 0; row--) {
        for (let column = info.filterWidth - 1; column >= 0; column--) {
          const here = tf.equal(atOffset(values, row, column, info), y);
          won = tf.where(here, atOffset(moves, row, column, info), won);
        }
      }
      return won;
    },
  ),
};
