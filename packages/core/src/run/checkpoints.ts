import { createHash } from "node:crypto";
import { createReadStream, existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { defined, type Params, type TensorFile, VptError } from "@vpt/contracts";
import { packTrainState, unpackTrainState, type PackedTrainState, type TrainState } from "../step/train-state.js";
import { flush, writeDurably } from "./durable-write.js";
import { megabytes, requireSpace } from "./require-space.js";

/** What is saved beside the tensors. */
export interface Checkpoint {
  readonly state: TrainState;
  /** The data cursor. */
  readonly data: unknown;
}

/** The checkpoints of one run folder. */
export interface Checkpoints {
  /**
   * Valid only once its manifest, written last, is in place. After that all but the newest `keep` are removed, and
   * those of later steps, which belong to a run that this one has replaced.
   */
  save(checkpoint: Checkpoint): Promise<void>;
  /**
   * The newest valid one, or that of `step` alone, with `params` as the model it belongs to; undefined when there is
   * none.
   */
  latest(params: Params, step?: number): Promise<Checkpoint | undefined>;
}

const format = 2;

interface Manifest {
  readonly format: typeof format;
  /** The modality and method of the run. */
  readonly kind?: string;
  readonly method?: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly state: PackedTrainState["json"];
  readonly data: unknown;
}

/** What a folder of checkpoints keeps, and whose they are. */
export interface CheckpointOptions {
  /** How many of the newest are kept. Default 2. */
  readonly keep?: number;
  /** The modality, such as "language"; a checkpoint of another is refused. */
  readonly kind?: string;
  /** The method, such as "value"; a checkpoint of another is refused. */
  readonly method?: string;
}

/**
 * Makes atomic checkpoints: `<folder>/<step>/` holds one file of named groups of tensors (`params/…`,
 * `optimizer.first/…`, `auxiliary.teacher/…`) and `manifest.json`, the rest of the state with the file's size and hash.
 * A step folder appears by rename, whole; a torn or damaged one is passed over for the one before.
 *
 * @throws {VptError} From `save`, when the disk is full or refuses: what was there before still is. From `latest`, when
 *   there are checkpoints and none is valid: it says what is wrong with each.
 * @example
 * ```ts
 * import { createCheckpoints } from "@vpt/core/run";
 * import { tensorFile } from "@vpt/weights";
 *
 * const of = { kind: "language", method: "value" };
 * const checkpoints = createCheckpoints("runs/a/checkpoints", tensorFile, { keep: 2, ...of });
 * await checkpoints.save({ state, data: batches.state() });
 * const saved = await checkpoints.latest(params);
 * ```
 */
export function createCheckpoints(
  folder: string,
  tensorFile: TensorFile,
  { keep = 2, ...of }: CheckpointOptions = {},
): Checkpoints {
  const names = (): string[] => (existsSync(folder) ? readdirSync(folder) : []);
  return {
    async save({ state, data }) {
      const final = join(folder, String(state.step));
      const temporary = join(folder, `.saving-${state.step}-${process.pid}`);
      await mkdir(temporary, { recursive: true });
      const packed = packTrainState(state);
      const wanted = Object.values(packed.tensors).reduce((sum, { size }) => sum + 4 * size, 0);
      try {
        requireSpace(temporary, wanted);
        await write(temporary, tensorFile, { packed, data, of });
      } catch (error) {
        rmSync(temporary, { recursive: true, force: true });
        if (VptError.isInstance(error)) throw error;
        throw new VptError(
          `${final}: a checkpoint of ${megabytes(wanted)} could not be written ` +
            `(${(error as Error).message}); the one before is as it was, so make room and go on with --resume`,
        );
      }
      // the new one is whole by now, and `latest` finds it under either name
      rmSync(final, { recursive: true, force: true });
      await rename(temporary, final);
      await flush(folder);
      const kept = names()
        .filter((name) => isFinal(name) && stepOf(name)! <= state.step)
        .sort(newestFirst)
        .slice(0, keep);
      for (const name of names()) {
        if (stepOf(name) !== undefined && !kept.includes(name)) remove(join(folder, name));
      }
    },
    async latest(params, step) {
      const problems: string[] = [];
      for (const name of names()
        .filter((name) => (step === undefined ? stepOf(name) !== undefined : stepOf(name) === step))
        .sort(newestFirst)) {
        try {
          return await read(join(folder, name), tensorFile, { params, of });
        } catch (error) {
          if (error instanceof WrongCheckpoint) throw new VptError(`${join(folder, name)}: ${error.message}`);
          if (isFinal(name)) problems.push(`${name}: ${(error as Error).message}`);
        }
      }
      if (problems.length > 0) {
        throw new VptError(`no valid checkpoint in ${folder} (${problems.join("; ")}): start again without --resume`);
      }
      return undefined;
    },
  };
}

/** Whose a checkpoint is. */
type Owner = Pick<CheckpointOptions, "kind" | "method">;

async function read(
  folder: string,
  tensorFile: TensorFile,
  { params, of }: { readonly params: Params; readonly of: Owner },
): Promise<Checkpoint> {
  const path = join(folder, `state.${tensorFile.extension}`);
  const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as Manifest;
  assertReadable(manifest as Partial<Manifest> & { readonly version?: number }, of);
  const intact = statSync(path).size === manifest.bytes && (await sha256Of(path)) === manifest.sha256;
  if (!intact) throw new VptError("its tensors do not have the recorded size and hash");
  const tensors = await tensorFile.read(path);
  try {
    return { state: unpackTrainState({ tensors, json: manifest.state }, params), data: manifest.data };
  } catch (error) {
    tf.dispose(tensors);
    throw error;
  }
}

async function write(
  folder: string,
  tensorFile: TensorFile,
  { packed, data, of }: { readonly packed: PackedTrainState; readonly data: unknown; readonly of: Owner },
): Promise<void> {
  const path = join(folder, `state.${tensorFile.extension}`);
  await tensorFile.write(path, packed.tensors);
  await flush(path);
  const bytes = statSync(path).size;
  const sha256 = await sha256Of(path);
  const { kind, method } = of;
  const manifest: Manifest = { format, ...defined({ kind, method }), bytes, sha256, state: packed.json, data };
  await writeDurably(join(folder, "manifest.json"), JSON.stringify(manifest));
}

/** Refuses a checkpoint of another format, modality or method, and says what differs. */
function assertReadable(saved: Partial<Manifest> & { readonly version?: number }, expected: Owner): void {
  const found = saved.format ?? saved.version;
  if (found !== format)
    throw new WrongCheckpoint(`checkpoint format ${found}, this program reads ${format}: start the run again`);
  for (const key of ["kind", "method"] as const) {
    if (expected[key] !== undefined && saved[key] !== expected[key])
      throw new WrongCheckpoint(
        `checkpoint of ${key} ${JSON.stringify(saved[key])}, this run is of ${key} "${expected[key]}": ` +
          "give the run a folder of its own",
      );
  }
}

/** Not damaged, but not for this run: no earlier one is tried instead. */
class WrongCheckpoint extends VptError {}

const isFinal = (name: string): boolean => /^\d+$/.test(name);

/**
 * The step of a checkpoint folder, or of one that was being saved when its process died; undefined for anything else.
 */
function stepOf(name: string): number | undefined {
  const step = /^(?:\.saving-)?(\d+)(?:-\d+)?$/.exec(name)?.[1];
  return step === undefined ? undefined : Number(step);
}

const newestFirst = (a: string, b: string): number => stepOf(b)! - stepOf(a)!;

/** Removes a folder; one that cannot be removed now is tried again at the next save. */
function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // the new checkpoint is valid, which is what counts
  }
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
