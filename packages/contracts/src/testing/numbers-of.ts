import type { Params } from "../contracts.js";

/** All numbers of named tensors, for comparisons bit for bit. */
export const numbersOf = (params: Params): Record<string, number[]> =>
  Object.fromEntries(Object.entries(params).map(([name, tensor]) => [name, [...tensor.dataSync()]]));
