// Peak memory of loading a checkpoint: writes a synthetic one, loads it in a fresh process, prints the peak beside its
// float32 size.
//
//     node tools/checkpoint-memory.mjs [--gigabytes 1] [--dtype bf16|f32] [--shards 4]     (after `npm run setup`)
//
// `loaded` and `used` are (peak resident memory − that of the process just before loading) / (bytes of the parameters
// in float32), after loading and after every tensor was used once.
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    gigabytes: { type: "string", default: "1" },
    dtype: { type: "string", default: "bf16" },
    shards: { type: "string", default: "4" },
    load: { type: "string" },
  },
});

const status = (key) =>
  Number(new RegExp(`${key}:\\s+(\\d+)`).exec(readFileSync("/proc/self/status", "utf8"))[1]) * 1024;

if (values.load) {
  const packageAt = (name) => new URL(`../packages/${name}/dist/index.js`, import.meta.url).href;
  const tf = createRequire(packageAt("weights"))("@tensorflow/tfjs");
  const { useBackend } = await import(packageAt("backend"));
  const { readCheckpoint } = await import(packageAt("weights"));
  await useBackend({ log: () => {} });
  const before = status("VmRSS");
  writeFileSync("/proc/self/clear_refs", "5"); // forget the peak of starting up
  const began = performance.now();
  const checkpoint = await readCheckpoint(values.load);
  const params = await checkpoint.params();
  const bytes = Object.values(params).reduce((sum, { size }) => sum + 4 * size, 0);
  const seconds = (performance.now() - began) / 1000;
  const loaded = status("VmHWM") - before;
  // A tensor moves into TensorFlow's memory when it is first used: that must not double the peak either.
  for (const tensor of Object.values(params)) tf.dispose(tf.sum(tensor));
  const used = status("VmHWM") - before;
  console.log(JSON.stringify({ float32Bytes: bytes, loaded: loaded / bytes, used: used / bytes, seconds }));
  process.exit(0);
}

const wide = values.dtype === "f32" ? 4 : 2;
const shards = Number(values.shards);
const shape = [4096, 1024];
const perTensor = shape[0] * shape[1] * wide;
const tensors = Math.ceil((Number(values.gigabytes) * 2 ** 30) / perTensor);
const folder = mkdtempSync(join(tmpdir(), "vpt-memory-"));
try {
  const body = Buffer.alloc(perTensor);
  // Small finite numbers in both types
  for (let i = 0; i < body.length; i += 2) body.writeUInt16LE(0x3c00 + (i % 251), i);
  const weightMap = {};
  for (let shard = 0; shard < shards; shard++) {
    const file = `model-${String(shard + 1).padStart(5, "0")}-of-${String(shards).padStart(5, "0")}.safetensors`;
    const names = Array.from({ length: tensors }, (_, i) => `layer.${i}.weight`).filter((_, i) => i % shards === shard);
    const entries = names.map((name, i) => [
      name,
      { dtype: wide === 4 ? "F32" : "BF16", shape, data_offsets: [i * perTensor, (i + 1) * perTensor] },
    ]);
    const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
    const padded = Buffer.alloc(8 + Math.ceil(header.length / 8) * 8, 0x20);
    padded.writeBigUInt64LE(BigInt(padded.length - 8));
    header.copy(padded, 8);
    const out = openSync(join(folder, file), "w");
    writeSync(out, padded);
    for (const name of names) {
      writeSync(out, body);
      weightMap[name] = file;
    }
    closeSync(out);
  }
  const index = { metadata: { total_size: tensors * perTensor }, weight_map: weightMap };
  writeFileSync(join(folder, "model.safetensors.index.json"), JSON.stringify(index));
  writeFileSync(join(folder, "config.json"), "{}");
  const result = execFileSync(process.execPath, [fileURLToPath(import.meta.url), "--load", folder], {
    encoding: "utf8",
  });
  const about = { fileBytes: tensors * perTensor, tensors, shards, dtype: values.dtype };
  console.log(JSON.stringify({ ...about, ...JSON.parse(result.trim().split("\n").at(-1)) }));
} finally {
  rmSync(folder, { recursive: true });
}
