import { createHash } from "node:crypto";
import { createReadStream, existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import type * as tf from "@tensorflow/tfjs";
import type { Params } from "../contracts.js";
import { VptError } from "../errors.js";
import { packTrainState, unpackTrainState, type PackedTrainState, type TrainState } from "../train-state.js";
import { flush, writeDurably } from "./durable-write.js";

/** Reads and writes named tensors; `@vpt/weights` has one for safetensors. */
export interface TensorFile {
  readonly extension: string;
  write(path: string, tensors: Params): Promise<void>;
  read(path: string): Promise<Record<string, tf.Tensor>>;
}

/** What is saved beside the tensors. */
export interface Checkpoint {
  readonly state: TrainState;
  /** The data cursor. */
  readonly data: unknown;
}

/** The checkpoints of one run folder. */
export interface Checkpoints {
  /** Valid only once its manifest, written last, is in place; older ones beyond `keep` are removed after that. */
  save(checkpoint: Checkpoint): Promise<void>;
  /** The newest valid one, with `params` as the model it belongs to; undefined when there is none. */
  latest(params: Params): Promise<Checkpoint | undefined>;
}

interface Manifest {
  readonly version: 1;
  readonly bytes: number;
  readonly sha256: string;
  readonly state: PackedTrainState["json"];
  readonly data: unknown;
}

/**
 * Atomic checkpoints, `<folder>/<step>/` with the tensors and `manifest.json` (sizes and hashes).
 * A step folder appears by rename, whole; a torn or damaged one is passed over for the one before.
 */
export function createCheckpoints(
  folder: string,
  tensorFile: TensorFile,
  { keep = 2 }: { readonly keep?: number } = {},
): Checkpoints {
  const fileName = `state.${tensorFile.extension}`;
  const steps = (): string[] =>
    existsSync(folder)
      ? readdirSync(folder)
          .filter((name) => /^\d+$/.test(name))
          .sort((a, b) => Number(b) - Number(a))
      : [];
  return {
    async save({ state, data }) {
      const final = join(folder, String(state.step));
      const temporary = join(folder, `.saving-${state.step}-${process.pid}`);
      await mkdir(temporary, { recursive: true });
      const packed = packTrainState(state);
      const path = join(temporary, fileName);
      await tensorFile.write(path, packed.tensors);
      await flush(path);
      const manifest: Manifest = {
        version: 1,
        bytes: statSync(path).size,
        sha256: await sha256Of(path),
        state: packed.json,
        data,
      };
      await writeDurably(join(temporary, "manifest.json"), JSON.stringify(manifest));
      rmSync(final, { recursive: true, force: true });
      await rename(temporary, final);
      await flush(folder);
      for (const old of steps().slice(keep)) rmSync(join(folder, old), { recursive: true, force: true });
      for (const name of readdirSync(folder)) {
        if (name.startsWith(".saving-")) rmSync(join(folder, name), { recursive: true, force: true });
      }
    },
    async latest(params) {
      const problems: string[] = [];
      for (const step of steps()) {
        const path = join(folder, step, fileName);
        try {
          const manifest = JSON.parse(readFileSync(join(folder, step, "manifest.json"), "utf8")) as Manifest;
          const intact = statSync(path).size === manifest.bytes && (await sha256Of(path)) === manifest.sha256;
          if (!intact) throw new VptError("its tensors do not have the recorded size and hash");
          const packed = { tensors: await tensorFile.read(path), json: manifest.state };
          return { state: unpackTrainState(packed, params), data: manifest.data };
        } catch (error) {
          problems.push(`${step}: ${(error as Error).message}`);
        }
      }
      if (problems.length > 0) {
        throw new VptError(`no valid checkpoint in ${folder} (${problems.join("; ")}): start again without --resume`);
      }
      return undefined;
    },
  };
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
