import { forEach, zero, type Rules } from "./rule.js";

// prettier-ignore
const kernels = [
  "All", "Any", "ArgMax", "ArgMin", "BitwiseAnd", "BroadcastArgs", "Equal", "Fill", "Greater", "GreaterEqual",
  "IsFinite", "IsInf", "IsNan", "Less", "LessEqual", "LinSpace", "LogicalAnd", "LogicalNot", "LogicalOr",
  "LogicalXor", "LowerBound", "Multinomial", "NonMaxSuppressionV3", "NonMaxSuppressionV4", "NotEqual", "OneHot",
  "Range", "SearchSorted", "SparseReshape", "UpperBound",
];

/** Kernels that give indices, counts, truth values or fixed numbers. No tangent passes them. */
export const constants: Rules = forEach(kernels, zero);
