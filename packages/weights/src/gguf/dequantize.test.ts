import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { dequantize } from "./dequantize.js";
import { quantizations } from "./quantization.js";

const golden: Record<string, { bytes: string; values: string }> = JSON.parse(
  readFileSync(new URL("../__fixtures__/gguf-blocks.json", import.meta.url), "utf8"),
);
const unbase64 = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(text, "base64"));

it.each([...quantizations.values()])("unpacks $name bit for bit as gguf.dequantize does", (type) => {
  const { bytes, values } = golden[type.name]!;
  expect(dequantize(unbase64(bytes), type)).toEqual(new Float32Array(unbase64(values).buffer));
});
