import { runKernel } from "../internal/engine.js";
import { forEach, jointlyLinearIn, linearIn, rule, type Rules } from "./rule.js";

/** Kernels that move, copy, pick or scatter numbers: linear, so the tangent takes the same way as the value. */
export const layout: Rules = {
  ...forEach(
    [
      "Identity",
      "Cast",
      "Reshape",
      "Transpose",
      "Reverse",
      "Tile",
      "BroadcastTo",
      "Slice",
      "StridedSlice",
      "MirrorPad",
    ],
    linearIn(["x"]),
  ),
  ...forEach(["SpaceToBatchND", "BatchToSpaceND", "DepthToSpace", "SplitV", "Diag"], linearIn(["x"])),
  ExpandDims: linearIn(["input"]),
  NotBefore: linearIn(["x"], ["other"]),
  MatrixBandPart: linearIn(["input"], ["numLower", "numUpper"]),
  Unpack: linearIn(["value"]),
  FlipLeftRight: linearIn(["image"]),
  Concat: jointlyLinearIn(),
  Pack: jointlyLinearIn(),
  PadV2: rule<"x">(({ kernel, tangents, attrs }) =>
    runKernel(kernel, { x: tangents.x! }, { ...attrs, constantValue: 0 }),
  ),

  GatherV2: linearIn(["x"]),
  GatherNd: linearIn(["params"]),
  ScatterNd: linearIn(["updates"]),
  TensorScatterUpdate: jointlyLinearIn(["tensor", "updates"]),
  SparseToDense: jointlyLinearIn(["sparseValues", "defaultValue"]),
  UnsortedSegmentSum: linearIn(["x"]),
  SparseSegmentSum: linearIn(["data"]),
  SparseSegmentMean: linearIn(["data"]),
  Bincount: linearIn(["weights"]),
  DenseBincount: linearIn(["weights"]),
};
