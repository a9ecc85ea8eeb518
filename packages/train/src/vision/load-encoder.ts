import * as tf from "@tensorflow/tfjs";
import { useBackend, type BackendOptions } from "@vpt/backend";
import { VptError, type Params } from "@vpt/core";
import { resolveModel } from "@vpt/hub";
import { checkViTParams, dinov3Config, loadViT, vitShapes, type ViT } from "@vpt/vision";
import {
  findCheckpoint,
  readCheckpointParams,
  type CheckpointOptions,
  type FoundCheckpoint,
} from "../find-checkpoint.js";
import { visionConfigSchema } from "./config.js";

/** Options of {@link loadEncoder}. */
export interface LoadEncoderOptions extends CheckpointOptions {
  readonly device?: BackendOptions["device"];
  /** Receives one line on what was read or downloaded. */
  readonly log?: (line: string) => void;
}

/**
 * Starts the backend and loads a ViT by name: a folder or id of Hugging Face, or the folder of a run or of one of its
 * methods (`runs/vision/value`), whose student it takes.
 *
 * @returns Parameters belong to the caller: `tf.dispose(vit.params)`.
 * @throws {VptError} When the run is of another kind, has several methods and none is named, or no such checkpoint.
 * @example
 * ```ts
 * import { loadEncoder } from "@vpt/train/vision";
 *
 * const vit = await loadEncoder("runs/vision", { method: "value", checkpoint: "best" });
 * ```
 * @category model
 */
export async function loadEncoder(name: string, options: LoadEncoderOptions = {}): Promise<ViT> {
  const { device = "auto", log = () => {} } = options;
  const found = findCheckpoint(name, options);
  await useBackend({ device, log });
  if (found) return studentOf(name, found, log);
  if (options.method !== undefined)
    throw new VptError(`method ${options.method}: ${name} is no folder of a run; leave the method out`);
  return loadViT(await resolveModel(name, { log }));
}

/** Reads the student's backbone, without its projection head, from the checkpoint of a vision run. */
export async function studentOf(name: string, found: FoundCheckpoint, log: (line: string) => void): Promise<ViT> {
  const run = visionConfigSchema.safeParse(found.config);
  if (!run.success) throw new VptError(`${name}: expected a run of kind "vision"; its config.json is of another`);
  const { model, crops } = run.data;
  const config =
    typeof model === "string"
      ? await configOf(await resolveModel(model, { log }))
      : dinov3Config({ ...model, imageSize: crops.globalSize });
  const stored = await readCheckpointParams(found.path);
  const names = new Set(Object.keys(vitShapes(config)));
  tf.dispose(Object.entries(stored).flatMap(([each, tensor]) => (names.has(each) ? [] : [tensor])));
  const params: Params = Object.fromEntries(Object.entries(stored).filter(([each]) => names.has(each)));
  checkViTParams(config, params);
  log(`${name}: the student of ${found.method} at checkpoint ${found.name}`);
  return { config, params };
}

/** The configuration of a stored ViT, whose weights are not needed. */
async function configOf(path: string): Promise<ViT["config"]> {
  const { config, params } = await loadViT(path);
  tf.dispose(params);
  return config;
}
