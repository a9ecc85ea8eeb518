/** How one GGUF tensor type stores its values: `block` values in `bytes` bytes. */
export interface Quantization {
  readonly name: string;
  readonly block: number;
  readonly bytes: number;
}

/** The types this package dequantises, by their number in the file (ggml.h, `enum ggml_type`). */
export const quantizations: ReadonlyMap<number, Quantization> = new Map([
  [0, { name: "F32", block: 1, bytes: 4 }],
  [1, { name: "F16", block: 1, bytes: 2 }],
  [2, { name: "Q4_0", block: 32, bytes: 18 }],
  [3, { name: "Q4_1", block: 32, bytes: 20 }],
  [6, { name: "Q5_0", block: 32, bytes: 22 }],
  [7, { name: "Q5_1", block: 32, bytes: 24 }],
  [8, { name: "Q8_0", block: 32, bytes: 34 }],
  [12, { name: "Q4_K", block: 256, bytes: 144 }],
  [14, { name: "Q6_K", block: 256, bytes: 210 }],
  [30, { name: "BF16", block: 1, bytes: 2 }],
]);

/** Names of the types we refuse, so that the refusal can name them. */
export const otherQuantizations: ReadonlyMap<number, string> = new Map([
  [9, "Q8_1"],
  [10, "Q2_K"],
  [11, "Q3_K"],
  [13, "Q5_K"],
  [15, "Q8_K"],
  [16, "IQ2_XXS"],
  [17, "IQ2_XS"],
  [18, "IQ3_XXS"],
  [19, "IQ1_S"],
  [20, "IQ4_NL"],
  [21, "IQ3_S"],
  [22, "IQ2_S"],
  [23, "IQ4_XS"],
  [24, "I8"],
  [25, "I16"],
  [26, "I32"],
  [27, "I64"],
  [28, "F64"],
  [29, "IQ1_M"],
]);
