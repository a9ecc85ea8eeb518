import type { ViTConfig } from "./vit-config.js";

/** The parts of a block under the names of each model's files. */
const blockNames = {
  dinov3_vit: {
    prefix: "layer.",
    query: "attention.q_proj",
    key: "attention.k_proj",
    value: "attention.v_proj",
    output: "attention.o_proj",
    up: "mlp.up_proj",
    down: "mlp.down_proj",
  },
  dinov2: {
    prefix: "encoder.layer.",
    query: "attention.attention.query",
    key: "attention.attention.key",
    value: "attention.attention.value",
    output: "attention.output.dense",
    up: "mlp.fc1",
    down: "mlp.fc2",
  },
} as const;

/** Names of the tensors of a ViT, as its files on the hub have them. */
export interface ViTNames {
  readonly cls: string;
  readonly registers: string;
  readonly positions: string;
  readonly patches: string;
  readonly norm: string;
  /** Full name of a part of block `i`, such as `block(0, "norm1") + ".weight"`. */
  block(i: number, part: BlockPart): string;
}

/** Parts of a block. */
export type BlockPart =
  | "norm1"
  | "query"
  | "key"
  | "value"
  | "output"
  | "layer_scale1.lambda1"
  | "norm2"
  | "gate"
  | "up"
  | "down"
  | "layer_scale2.lambda1";

/** Where each tensor of `config`'s model is found among its parameters. */
export function vitNames({ modelType }: Pick<ViTConfig, "modelType">): ViTNames {
  const { prefix, ...parts } = blockNames[modelType];
  const named: Readonly<Record<string, string>> = { ...parts, gate: "mlp.gate_proj" };
  const three = modelType === "dinov3_vit";
  return {
    cls: "embeddings.cls_token",
    registers: "embeddings.register_tokens",
    positions: "embeddings.position_embeddings",
    patches: three ? "embeddings.patch_embeddings" : "embeddings.patch_embeddings.projection",
    norm: three ? "norm" : "layernorm",
    block: (i, part) => `${prefix}${i}.${named[part] ?? part}`,
  };
}
