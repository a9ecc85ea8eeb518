import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { VptError, type Params } from "@vpt/core";
import { tensorFile } from "@vpt/weights";

/** Which checkpoint of a run is meant. */
export interface CheckpointOptions {
  /** One of the run's methods; needed when there are several. */
  readonly method?: string | undefined;
  /** `newest` (the default), `best` as `evaluate.best` keeps it, or the one after so many steps. */
  readonly checkpoint?: "newest" | "best" | number | undefined;
}

/** A checkpoint in a run's folder. */
export interface FoundCheckpoint {
  /** The run's `config.json`, unchecked. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly method: string;
  /** Folder of the checkpoint. */
  readonly path: string;
  /** The name of that folder: a number of steps, or `best`. */
  readonly name: string;
}

/**
 * Finds a checkpoint of a run: `path` is the run's folder, or that of one of its methods. Returns undefined when `path`
 * is no folder of a run, such as a model of Hugging Face.
 *
 * @throws {VptError} When the run has several methods and none is named, no such checkpoint, or an unknown layout.
 * @example
 * ```ts
 * import { findCheckpoint } from "@vpt/train";
 *
 * findCheckpoint("runs/a", { method: "value", checkpoint: "best" })?.path; // "runs/a/value/checkpoints/best"
 * ```
 * @category runs
 */
export function findCheckpoint(
  path: string,
  { method, checkpoint = "newest" }: CheckpointOptions = {},
): FoundCheckpoint | undefined {
  const run = readRunConfig(path);
  const above = run ? undefined : readRunConfig(dirname(path));
  if (!run && !(above && existsSync(join(path, "checkpoints")))) {
    if (["summary.json", "checkpoints", "run.lock"].some((name) => existsSync(join(path, name))))
      throw new VptError(`${path}: looks like a run, but has no config.json that lists its methods; run it again`);
    return undefined;
  }
  const chosen = run ? chooseMethod(path, run.methods, method) : basename(path);
  const folder = run ? methodFolder(path, chosen, run.methods) : path;
  const name = chooseCheckpoint(folder, checkpoint);
  return { config: (run ?? above)!.config, method: chosen, path: join(folder, "checkpoints", name), name };
}

/** Reads the learner's parameters of a checkpoint, by name, without the optimizer's and the designer's tensors. */
export async function readCheckpointParams(path: string): Promise<Params> {
  const stored = await tensorFile.read(join(path, `state.${tensorFile.extension}`));
  const isParameter = (name: string): boolean => name.startsWith("params/");
  tf.dispose(Object.entries(stored).flatMap(([name, tensor]) => (isParameter(name) ? [] : [tensor])));
  return Object.fromEntries(
    Object.entries(stored).flatMap(([name, tensor]) =>
      isParameter(name) ? [[name.slice("params/".length), tensor]] : [],
    ),
  );
}

interface RunConfigFile {
  readonly config: Readonly<Record<string, unknown>>;
  readonly methods: readonly string[];
}

/** The configuration of a run, if that is what the folder's `config.json` holds. */
function readRunConfig(folder: string): RunConfigFile | undefined {
  const path = join(folder, "config.json");
  if (!existsSync(path)) return undefined;
  const config = JSON.parse(readFileSync(path, "utf8")) as Readonly<Record<string, unknown>>;
  const { methods } = config;
  if (!Array.isArray(methods)) return undefined;
  return { config, methods: methods.map((each) => (typeof each === "string" ? each : String(each?.name))) };
}

function chooseMethod(path: string, methods: readonly string[], asked: string | undefined): string {
  const only = asked ?? (methods.length === 1 ? methods[0] : undefined);
  if (only !== undefined && methods.includes(only)) return only;
  const received = asked === undefined ? "none" : `"${asked}"`;
  throw new VptError(`method: expected one of ${methods.join(", ")} of ${path}, received ${received}`);
}

/** A folder a method; runs with one method kept it in the run's own folder once. */
function methodFolder(path: string, method: string, methods: readonly string[]): string {
  const own = join(path, method);
  if (existsSync(join(own, "checkpoints"))) return own;
  if (methods.length === 1 && existsSync(join(path, "checkpoints"))) return path;
  throw new VptError(`${own}: no checkpoints of ${method}; expected ${join(own, "checkpoints")}. Go on with --resume`);
}

function chooseCheckpoint(folder: string, asked: "newest" | "best" | number): string {
  const names = readdirSync(join(folder, "checkpoints")).filter((name) =>
    existsSync(join(folder, "checkpoints", name, `state.${tensorFile.extension}`)),
  );
  const steps = names.filter((name) => /^\d+$/.test(name)).sort((a, b) => Number(b) - Number(a));
  const name = asked === "newest" ? steps[0] : names.find((each) => each === String(asked));
  if (name !== undefined) return name;
  const there = names.length === 0 ? "none yet; go on with --resume" : names.join(", ");
  throw new VptError(`checkpoint ${asked}: not among those kept in ${folder}: ${there}`);
}
