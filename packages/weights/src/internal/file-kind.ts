import { VptError } from "@vpt/contracts";
import type { ByteSource } from "./byte-source.js";

const hint =
  "Pickle files can run code when read, so they are refused. Convert it once in Python: " +
  "safetensors.torch.save_file(torch.load(path, weights_only=True), 'model.safetensors').";

/**
 * Which format a weight file is in, by its first bytes: names can be wrong. Refuses pickles, which is what PyTorch
 * writes.
 */
export const fileKind = async (source: ByteSource): Promise<"gguf" | "safetensors"> => {
  const bytes = await source.read(0, Math.min(9, source.size));
  const text = String.fromCharCode(...bytes);
  if (text.startsWith("GGUF")) return "gguf";
  if (text[8] === "{" && bytes[7] === 0) return "safetensors";
  if (text.startsWith("PK\x03\x04") || text.startsWith("PK\x05\x06"))
    throw new VptError(`${source.name}: is a zip archive, as PyTorch writes .bin, .pt and .ckpt. ${hint}`);
  if (bytes[0] === 0x80 && bytes[1]! <= 5) throw new VptError(`${source.name}: is a Python pickle. ${hint}`);
  return "safetensors"; // its reader says what is wrong
};
