import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { afterAll, expect, it } from "vitest";
import { readCheckpoint } from "./read-checkpoint.js";
import { writeSafetensors } from "./safetensors/write-safetensors.js";
import { writeCheckpoint } from "./write-checkpoint.js";

const scratch = mkdtempSync(join(tmpdir(), "vpt-weights-"));
afterAll(() => rmSync(scratch, { recursive: true }));
const folder = (): string => mkdtempSync(join(scratch, "f-"));
const config = { model_type: "llama", hidden_size: 2 };

it("writes what it reads back, and leaves only the checkpoint behind", async () => {
  const parent = folder();
  const params = {
    b: tf.tensor2d([
      [1, 2],
      [3, 1 / 3],
    ]),
    a: tf.scalar(-0),
    mask: tf.tensor1d([1, 0], "bool"),
    ids: tf.tensor1d([7], "int32"),
  };
  const before = tf.memory().numTensors;
  const tokenizer = { kind: "hugging-face", tokenizer: { model: {} }, config: {} } as const;
  await writeCheckpoint(join(parent, "m"), { config, params, tokenizer, metadata: { step: "3" } });
  expect(readdirSync(parent)).toEqual(["m"]);
  expect(tf.memory().numTensors).toBe(before);
  const checkpoint = await readCheckpoint(join(parent, "m"));
  expect(checkpoint.config).toEqual({ ...config, torch_dtype: "float32" });
  expect(checkpoint.metadata).toEqual({ format: "pt", step: "3" });
  expect(checkpoint.tokenizer).toEqual(tokenizer);
  expect(checkpoint.names()).toEqual(["a", "b", "ids", "mask"]);
  for (const name of checkpoint.names()) {
    const { data, shape } = await checkpoint.tensor(name);
    const tensor = params[name as keyof typeof params];
    expect(shape).toEqual(tensor.shape);
    expect(data).toEqual(Float32Array.from(await tensor.data()));
  }
  await checkpoint.close();
  tf.dispose(params);
});

it("rounds bf16 to nearest, ties to even, as PyTorch does", async () => {
  const path = join(folder(), "x.safetensors");
  // 1 + 2^-8 is a tie between 1 and 1 + 2^-7; 1 + 3·2^-8 between 1 + 2^-7 and 1 + 2^-6.
  const x = tf.tensor1d([1, 1 + 2 ** -8, 1 + 3 * 2 ** -8, -1.01, 3e38, 3.4e38, NaN, -Infinity, 1e-40]);
  await writeSafetensors(path, { x }, { dtype: "bf16" });
  const checkpoint = await readCheckpoint(path);
  const { data, dtype } = await checkpoint.tensor("x");
  expect(dtype).toBe("BF16");
  expect(data.slice(0, 4)).toEqual(Float32Array.of(1, 1, 1 + 2 ** -6, -1.0078125));
  expect(data[4]! / 3e38).toBeCloseTo(1, 2);
  expect(data.slice(5, 8)).toEqual(Float32Array.of(Infinity, NaN, -Infinity));
  await checkpoint.close();
  x.dispose();
});

it("gives the same bytes for the same tensors, whatever their order", async () => {
  const place = folder();
  const [a, b] = [tf.tensor1d([1]), tf.tensor1d([2], "int32")];
  await writeSafetensors(join(place, "1"), { a, b });
  await writeSafetensors(join(place, "2"), { b, a });
  expect(readFileSync(join(place, "1")).equals(readFileSync(join(place, "2")))).toBe(true);
  tf.dispose([a, b]);
});

it("keeps the old checkpoint when writing fails", async () => {
  const parent = folder();
  const target = join(parent, "m");
  const params = { a: tf.scalar(1) };
  await writeCheckpoint(target, { config, params });
  const gone = tf.scalar(2);
  gone.dispose();
  await expect(writeCheckpoint(target, { config, params: { ...params, b: gone }, replace: true })).rejects.toThrow(
    /disposed/,
  );
  expect(readdirSync(parent)).toEqual(["m"]);
  const checkpoint = await readCheckpoint(target);
  expect(checkpoint.names()).toEqual(["a"]);
  await checkpoint.close();
  tf.dispose(params);
});

it("replaces a checkpoint when asked to, and nothing else ever", async () => {
  const target = join(folder(), "m");
  const params = { a: tf.scalar(1) };
  await writeCheckpoint(target, { config, params });
  await expect(writeCheckpoint(target, { config, params })).rejects.toThrow(/Pass replace: true/);
  await writeCheckpoint(target, { config: { ...config, hidden_size: 3 }, params, replace: true });
  expect(JSON.parse(readFileSync(join(target, "config.json"), "utf8"))).toMatchObject({ hidden_size: 3 });
  const precious = join(folder(), "home");
  mkdirSync(precious);
  writeFileSync(join(precious, "thesis.tex"), "");
  await expect(writeCheckpoint(precious, { config, params, replace: true })).rejects.toThrow(
    /not a checkpoint and is not replaced/,
  );
  await expect(writeSafetensors(join(target, "x"), { s: tf.tensor1d(["text"]) as never })).rejects.toThrow(
    /dtype string cannot be stored/,
  );
  tf.dispose(params);
});
