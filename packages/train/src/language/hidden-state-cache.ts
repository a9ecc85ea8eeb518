import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import type { Example } from "@vpt/lang";
import { cacheFolder } from "@vpt/hub";
import { tensorFile } from "@vpt/weights";

/** What decides the hidden states: the model's files, the block, the tokens, and who computes. */
export interface PrefixKey {
  readonly modelPath: string;
  readonly from: number;
  readonly backend: string;
  readonly examples: readonly Example[];
}

/** The hidden states of the frozen blocks on disk, so that a second run does not compute them again. */
export interface PrefixCache {
  /** The same rows with their hidden states, or undefined when they are not there or cannot be read. */
  read(): Promise<readonly Example[] | undefined>;
  /** Keeps the rows' hidden states, and the newest fifteen files beside them: a run has up to five sets. */
  write(cached: readonly Example[]): Promise<void>;
}

const kept = 16;

/** Opens the cache entry of `key` in `folder`; nothing is read or written yet. */
export function hiddenStateCache(key: PrefixKey, folder: string = join(cacheFolder(), "prefix")): PrefixCache {
  const path = join(folder, `${fingerprint(key)}.safetensors`);
  return {
    async read() {
      if (!existsSync(path)) return undefined;
      try {
        const { hidden } = await tensorFile.read(path);
        const values = (await hidden!.data()) as Float32Array;
        const [, width] = hidden!.shape as [number, number];
        tf.dispose(hidden!);
        let token = 0;
        return key.examples.map((example) => {
          const begin = token * width;
          token += example.ids.length;
          return { ...example, hidden: values.subarray(begin, token * width) };
        });
      } catch {
        return undefined; // a damaged file is computed again
      }
    },
    async write(cached) {
      mkdirSync(folder, { recursive: true });
      const width = cached[0]!.hidden!.length / cached[0]!.ids.length;
      const tokens = cached.reduce((sum, { ids }) => sum + ids.length, 0);
      const values = new Float32Array(tokens * width);
      let at = 0;
      for (const { hidden } of cached) {
        values.set(hidden!, at);
        at += hidden!.length;
      }
      const hidden = tf.tensor2d(values, [tokens, width]);
      await tensorFile.write(path, { hidden });
      tf.dispose(hidden);
      const age = (name: string): number => statSync(join(folder, name)).mtimeMs;
      const oldest = readdirSync(folder)
        .filter((name) => name.endsWith(".safetensors"))
        .sort((a, b) => age(b) - age(a))
        .slice(kept);
      for (const name of oldest) rmSync(join(folder, name), { force: true });
    },
  };
}

function fingerprint({ modelPath, from, backend, examples }: PrefixKey): string {
  const hash = createHash("sha256").update(`${from} ${backend}`);
  const files = statSync(modelPath).isDirectory()
    ? readdirSync(modelPath).map((name) => join(modelPath, name))
    : [modelPath];
  for (const file of files.sort()) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`\n${file} ${size} ${mtimeMs}`);
  }
  for (const { ids } of examples) hash.update(`\n${ids.length} `).update(ids);
  return hash.digest("hex");
}
