import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs";
import type { Params } from "@vpt/core";
import { parseDecoderConfig, type DecoderConfig } from "../model/decoder-config.js";

/** What `golden.json` holds; see the README beside it. */
export interface Golden {
  readonly prompts: readonly (readonly number[])[];
  readonly greedy: readonly (readonly number[])[];
  readonly loss: number;
  readonly gradients: Readonly<Record<string, { readonly norm: number; readonly first: readonly number[] }>>;
}

export interface Fixture {
  readonly config: DecoderConfig;
  readonly params: Params;
  readonly golden: Golden;
  /** `logits_TV` of each prompt. */
  readonly logits: readonly tf.Tensor[];
}

export const fixtureNames = ["qwen2-tied", "qwen2-untied", "llama-tied", "llama-untied"] as const;

const fileOf = (path: string): Buffer => readFileSync(new URL(`./${path}`, import.meta.url));

/** Float32 tensors of a small safetensors file, read without `@vpt/weights`: a fixture should not test its reader. */
export const readFloats = (path: string): Params => {
  const bytes = fileOf(path);
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString("utf8", 8, start)) as Record<
    string,
    { readonly shape: readonly number[]; readonly data_offsets: readonly [number, number] }
  >;
  const tensors: Record<string, tf.Tensor> = {};
  for (const [name, { shape, data_offsets: offsets }] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const slice = Uint8Array.from(bytes.subarray(start + offsets[0], start + offsets[1]));
    tensors[name] = tf.tensor(new Float32Array(slice.buffer), [...shape]);
  }
  return tensors;
};

/** A tiny checkpoint with what transformers makes of it. */
export const loadFixture = (name: (typeof fixtureNames)[number]): Fixture => {
  const golden = JSON.parse(fileOf(`${name}/golden.json`).toString("utf8")) as Golden;
  const logits = readFloats(`${name}/golden.safetensors`);
  return {
    config: parseDecoderConfig(JSON.parse(fileOf(`${name}/config.json`).toString("utf8"))),
    params: readFloats(`${name}/model.safetensors`),
    golden,
    logits: golden.prompts.map((_, i) => logits[`logits_${i}`]!),
  };
};
