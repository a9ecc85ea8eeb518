import * as tf from "@tensorflow/tfjs";

/** A tensor, or an array or record of tensor trees. */
export type TensorTree = tf.Tensor | readonly TensorTree[] | { readonly [name: string]: TensorTree };

export interface FlatTree {
  readonly tensors: readonly tf.Tensor[];
  /** The tree with each tensor replaced by its shape and dtype, as text: equal for trees that one trace serves. */
  readonly signature: string;
  /** True when a number, boolean or string stands beside the tensors. */
  readonly hasPlainValues: boolean;
  /** Puts other tensors in the same places. */
  rebuild(tensors: readonly tf.Tensor[]): unknown;
}

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

/**
 * Takes a tree of tensors apart. Numbers, booleans, strings, null and undefined may stand beside them; they belong to
 * the signature.
 * @param refuse Called with what stands where nothing of the kind may; throws.
 */
export const flattenTree = (tree: unknown, refuse: (what: string, path: string) => never): FlatTree => {
  const tensors: tf.Tensor[] = [];
  let hasPlainValues = false;
  type Rebuild = (next: () => tf.Tensor) => unknown;
  const visit = (value: unknown, path: string): { signature: string; rebuild: Rebuild } => {
    if (value instanceof tf.Tensor) {
      tensors.push(value);
      return { signature: `${value.dtype}[${value.shape}]`, rebuild: (next) => next() };
    }
    if (Array.isArray(value)) {
      const parts = value.map((part, i) => visit(part, `${path}[${i}]`));
      return {
        signature: `[${parts.map((part) => part.signature)}]`,
        rebuild: (next) => parts.map((part) => part.rebuild(next)),
      };
    }
    if (typeof value === "object" && value !== null && isPlain(value)) {
      const parts = Object.entries(value).map(([name, part]) => [name, visit(part, `${path}.${name}`)] as const);
      return {
        signature: `{${parts.map(([name, part]) => `${JSON.stringify(name)}:${part.signature}`)}}`,
        rebuild: (next) => Object.fromEntries(parts.map(([name, part]) => [name, part.rebuild(next)])),
      };
    }
    const isPlainValue = ["number", "boolean", "string"].includes(typeof value);
    hasPlainValues ||= isPlainValue;
    if (value === null || value === undefined || isPlainValue)
      return { signature: `${typeof value} ${JSON.stringify(value) ?? ""}`, rebuild: () => value };
    return refuse(typeof value === "object" ? value.constructor.name : typeof value, path);
  };
  const { signature, rebuild } = visit(tree, "");
  return {
    tensors,
    signature,
    hasPlainValues,
    rebuild: (replacements) => {
      let i = 0;
      return rebuild(() => replacements[i++]!);
    },
  };
};
