import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs";
import { expect, it } from "vitest";
import { cacheFolder } from "@vpt/hub";
import { readCheckpoint } from "../read-checkpoint.js";

const fixture = (name: string): string => fileURLToPath(new URL(`../__fixtures__/${name}`, import.meta.url));

it("reads a GGUF model under Hugging Face names, rows and config", async () => {
  const [packed, plain] = await Promise.all([
    readCheckpoint(fixture("tiny-llama.gguf")),
    readCheckpoint(fixture("tiny-llama")),
  ]);
  expect(packed.names()).toEqual(plain.names());
  for (const name of packed.names()) {
    const [a, b] = await Promise.all([packed.tensor(name), plain.tensor(name)]);
    expect({ name, shape: a.shape, data: a.data }).toEqual({ name, shape: b.shape, data: b.data });
  }
  expect(packed.config).toMatchObject(plain.config);
  expect(packed.tokenizer).toBeNull();
  await Promise.all([packed.close(), plain.close()]);
});

it("loads tensors that belong to the caller, and names a wrong one", async () => {
  const checkpoint = await readCheckpoint(fixture("tiny-llama.gguf"));
  const before = tf.memory().numTensors;
  const params = await checkpoint.params(["model.norm.weight"]);
  expect(params["model.norm.weight"]!.shape).toEqual([32]);
  expect(tf.memory().numTensors).toBe(before + 1);
  tf.dispose(params);
  await expect(checkpoint.params(["model.norm.weight", "model.norm.weigth"])).rejects.toThrow(
    /Did you mean "model.norm.weight"/,
  );
  expect(tf.memory().numTensors).toBe(before);
  await checkpoint.close();
});

const model = join(cacheFolder(), "models", "SmolLM2-135M-Instruct.Q4_1.gguf");

// The model is 93 MB: `await resolveModel("smollm2")` or `npm run setup` fetches it once.
it.skipIf(!existsSync(model))("reads all of SmolLM2", async () => {
  const checkpoint = await readCheckpoint(model);
  const started = performance.now();
  let values = 0;
  for (const name of checkpoint.names()) values += (await checkpoint.tensor(name)).data.length;
  expect(values).toBe(134_515_008);
  expect(performance.now() - started).toBeLessThan(20_000); // 1.2 s on a quiet machine
  expect(checkpoint.config).toMatchObject({
    hidden_size: 576,
    num_hidden_layers: 30,
    rope_theta: 100_000,
    tie_word_embeddings: true,
  });
  // gguf.dequantize in Python, rows put back by reshape and swap; see the README of the fixtures.
  const query = await checkpoint.tensor("model.layers.3.self_attn.q_proj.weight");
  expect(query.data.slice(70 * 576, 70 * 576 + 2)).toEqual(Float32Array.of(-0.261749267578125, -0.32098388671875));
  await checkpoint.close();
});
