import type { TangentRule } from "../tangent-rule.js";
import { activations } from "./activations.js";
import { arithmetic } from "./arithmetic.js";
import { constants } from "./constants.js";
import { elementwise } from "./elementwise.js";
import { fusedKernels } from "./fused.js";
import { images } from "./images.js";
import { layout } from "./layout.js";
import { products } from "./products.js";
import { reductions } from "./reductions.js";

const families = {
  elementwise,
  activations,
  arithmetic,
  reductions,
  layout,
  products,
  fused: fusedKernels,
  images,
  constant: constants,
};

/** Kernel → its rule and the family that it belongs to. */
export const rules: ReadonlyMap<string, { readonly rule: TangentRule; readonly family: string }> = new Map(
  Object.entries(families).flatMap(([family, table]) =>
    Object.entries(table).map(([kernel, rule]) => [kernel, { rule, family }] as const),
  ),
);
