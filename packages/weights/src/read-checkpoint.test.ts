import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as tf from "@tensorflow/tfjs";
import { afterAll, describe, expect, it } from "vitest";
import { readCheckpoint } from "./read-checkpoint.js";
import { writeSafetensors } from "./safetensors/write-safetensors.js";

const fixtures = fileURLToPath(new URL("./__fixtures__/", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "vpt-weights-"));
afterAll(() => rmSync(scratch, { recursive: true }));
const folder = (): string => mkdtempSync(join(scratch, "f-"));

describe("readCheckpoint", () => {
  it("reads every dtype that Python writes", async () => {
    const checkpoint = await readCheckpoint(join(fixtures, "every-dtype.safetensors"));
    const x = [0, 1, -2.5, 3.25, -0.125, 100];
    const whole = x.map(Math.trunc).map((value) => value + 0);
    const read = async (name: string) => [...(await checkpoint.tensor(name)).data];
    for (const name of ["f64", "f32", "f16", "bf16"]) expect(await read(name)).toEqual(x);
    for (const name of ["i64", "i32", "i16", "i8"]) expect(await read(name)).toEqual(whole);
    expect(await read("u8")).toEqual([0, 1, 2, 3, 0, 100]);
    expect(await read("bool")).toEqual([0, 1, 1, 1, 1, 1]);
    expect(await checkpoint.tensor("scalar")).toEqual({ data: Float32Array.of(7), shape: [], dtype: "F32" });
    expect(await checkpoint.tensor("empty")).toMatchObject({ shape: [0, 3], data: new Float32Array() });
    expect(checkpoint.metadata).toEqual({ format: "pt", note: "café" });
    expect(checkpoint.config).toEqual({});
    await checkpoint.close();
  });

  it("says what a path should have been", async () => {
    await expect(readCheckpoint(join(scratch, "none"))).rejects.toThrow(/no such file or folder/);
    await expect(readCheckpoint(folder())).rejects.toThrow(/expected config\.json/);
    const bare = folder();
    writeFileSync(join(bare, "config.json"), "{}");
    await expect(readCheckpoint(bare)).rejects.toThrow(/expected model\.safetensors/);
    writeFileSync(join(bare, "config.json"), "[1]");
    await expect(readCheckpoint(bare)).rejects.toThrow(/config\.json: expected a JSON object/);
  });

  it.each([
    ["a pickle", Uint8Array.of(0x80, 2, 0x8a, 10, 108, 252, 156, 70, 249), /is a Python pickle\. .*save_file/],
    ["a zip", Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0, 8, 8, 0, 0), /is a zip archive, .*save_file/],
    ["an empty zip, as an empty .npz is", Uint8Array.of(0x50, 0x4b, 5, 6, ...new Uint8Array(18)), /is a zip archive/],
  ])("refuses %s by its first bytes, whatever its name", async (_, bytes, message) => {
    const place = folder();
    writeFileSync(join(place, "config.json"), "{}");
    for (const name of ["pytorch_model.bin", "model.safetensors"]) {
      writeFileSync(join(place, name), bytes);
      await expect(readCheckpoint(join(place, name))).rejects.toThrow(message);
      await expect(readCheckpoint(place)).rejects.toThrow(message);
    }
  });

  it.each([
    ["gzip", gzipSync(new Uint8Array(1 << 20)), /length is \d+, (at most 100000000|the file has)/],
    ["HDF5, as Keras writes", Uint8Array.of(0x89, 72, 68, 70, 13, 10, 26, 10, 0, 0), /length is \d+, at most/],
    ["NumPy's .npy", Uint8Array.of(0x93, 78, 85, 77, 80, 89, 1, 0, 0x76, 0, 123), /length is \d+, at most/],
  ])("refuses %s without unpacking it", async (_, bytes, message) => {
    const path = join(folder(), "model.safetensors");
    writeFileSync(path, bytes);
    await expect(readCheckpoint(path)).rejects.toThrow(message);
  });

  it.each([
    ["a million brackets", `{"a":${"[".repeat(1e6)}`, /config\.json: not valid JSON/],
    ["a hundred thousand brackets that close", `{"a":${"[".repeat(1e5)}${"]".repeat(1e5)}}`, undefined],
    ["a number beyond doubles, and one that JSON does not know", '{"a":1e400,"b":NaN}', /not valid JSON/],
    ["broken UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), /not valid JSON in UTF-8/],
  ])("a config.json of %s ends in one clear error, or is read", async (_, content, message) => {
    const place = folder();
    writeFileSync(join(place, "config.json"), content);
    await expect(readCheckpoint(place)).rejects.toThrow(message ?? /expected model\.safetensors/);
  });

  it("reads a Hugging Face folder's tokenizer with its separate template", async () => {
    const place = folder();
    cpSync(join(fixtures, "tiny-llama"), place, { recursive: true });
    writeFileSync(join(place, "tokenizer.json"), '{"model":{}}');
    writeFileSync(join(place, "chat_template.jinja"), "{{ messages }}");
    const checkpoint = await readCheckpoint(place);
    expect(checkpoint.tokenizer).toEqual({
      kind: "hugging-face",
      tokenizer: { model: {} },
      config: { chat_template: "{{ messages }}" },
    });
    await checkpoint.close();
  });
});

describe("a sharded checkpoint", () => {
  const make = async (index: object, link = false): Promise<string> => {
    const place = folder();
    writeFileSync(join(place, "config.json"), "{}");
    const a = tf.tensor1d([1, 2]);
    const b = tf.tensor1d([3]);
    await writeSafetensors(join(place, link ? "blob" : "one.safetensors"), { a });
    if (link) symlinkSync("blob", join(place, "one.safetensors"));
    await writeSafetensors(join(place, "two.safetensors"), { b });
    tf.dispose([a, b]);
    writeFileSync(join(place, "model.safetensors.index.json"), JSON.stringify(index));
    return place;
  };
  const map = { a: "one.safetensors", b: "two.safetensors" };

  it.each([false, true])("is read as one (symlinks, as in the Hugging Face cache: %s)", async (link) => {
    const checkpoint = await readCheckpoint(await make({ metadata: { total_size: 12 }, weight_map: map }, link));
    expect(checkpoint.names()).toEqual(["a", "b"]);
    expect([...(await checkpoint.tensor("b")).data]).toEqual([3]);
    await checkpoint.close();
  });

  it.each<[string, object, RegExp]>([
    ["a path that leads out", { weight_map: { ...map, c: "../x.safetensors" } }, /expected the plain name/],
    ["an absolute path", { weight_map: { ...map, c: "/x.safetensors" } }, /expected the plain name/],
    [
      "a missing file",
      { weight_map: { ...map, c: "three.safetensors" } },
      /three\.safetensors: cannot be opened \(ENOENT\)/,
    ],
    ["a weight that is nowhere", { weight_map: { ...map, c: "two.safetensors" } }, /"c" is not in two\.safetensors/],
    [
      "a weight in another file",
      { weight_map: { a: "two.safetensors", b: "one.safetensors" } },
      /holds tensor "b", which the index places in one/,
    ],
    [
      "a weight the index leaves out",
      { weight_map: { a: "one.safetensors", c: "two.safetensors" } },
      /places in no file/,
    ],
    ["a wrong total", { metadata: { total_size: 13 }, weight_map: map }, /total_size is 13, the files hold 12/],
    ["no map", {}, /expected "weight_map"/],
  ])("refuses %s", async (_, index, message) => {
    await expect(readCheckpoint(await make(index))).rejects.toThrow(message);
  });
});

it("finds a file cut at any byte", async () => {
  const whole = readFileSync(join(fixtures, "every-dtype.safetensors"));
  const path = join(scratch, "cut.safetensors");
  for (let length = 0; length < whole.length; length += 7) {
    writeFileSync(path, whole.subarray(0, length));
    await expect(readCheckpoint(path)).rejects.toThrow(/damaged or cut short/);
  }
});
