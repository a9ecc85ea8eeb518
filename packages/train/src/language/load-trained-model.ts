import * as tf from "@tensorflow/tfjs";
import { VptError } from "@vpt/core";
import {
  initAdapter,
  loadLanguageModel,
  loraShapes,
  mergeAdapter,
  tinyLanguageModel,
  type LanguageModel,
} from "@vpt/lang";
import { resolveModel } from "@vpt/hub";
import {
  findCheckpoint,
  readCheckpointParams,
  type CheckpointOptions,
  type FoundCheckpoint,
} from "../find-checkpoint.js";
import type { RunConfig } from "./config.js";
import { selectTrainable } from "./select-trainable.js";

/** Options of {@link loadTrainedModel}. */
export interface LoadTrainedOptions extends CheckpointOptions {
  /** Receives one line on what was read or downloaded. */
  readonly log?: (line: string) => void;
}

/**
 * Loads a language model by name: `smollm2`, a folder or id of Hugging Face, a `.gguf` file, or the folder of a run,
 * whose trained parameters (adapters merged) replace those of the model it began with. The backend must be started.
 *
 * @returns Parameters belong to the caller: `tf.dispose(model.params)`.
 * @throws {VptError} When the run is of another kind, has several methods and none is named, or no such checkpoint.
 * @example
 * ```ts
 * import { loadTrainedModel } from "@vpt/train/language";
 *
 * const model = await loadTrainedModel("runs/a", { method: "value", checkpoint: "best" });
 * ```
 * @category model
 */
export async function loadTrainedModel(name: string, options: LoadTrainedOptions = {}): Promise<LanguageModel> {
  const { log = () => {} } = options;
  const found = findCheckpoint(name, options);
  if (found) return trainedModel(name, found, log);
  if (options.method !== undefined)
    throw new VptError(`method ${options.method}: ${name} is no folder of a run; leave the method out`);
  return loadLanguageModel(await resolveModel(name, { log }));
}

async function trainedModel(name: string, found: FoundCheckpoint, log: (line: string) => void): Promise<LanguageModel> {
  const run = found.config as unknown as RunConfig & { readonly kind?: string };
  if ((run.kind ?? "language") !== "language" || typeof run.model !== "string")
    throw new VptError(`${name}: a run of kind "${run.kind}"; expected a run of a language model`);
  const base =
    run.model === "tiny"
      ? tinyLanguageModel(run.seed)
      : await loadLanguageModel(await resolveModel(run.model, { log }));
  const trained = await readCheckpointParams(found.path);
  const lora = run.learner?.lora && selectTrainable(base.config, run).lora;
  const adapters = lora ? Object.keys(loraShapes(base.config, lora)) : [];
  const odd = Object.keys(trained).find((each) => !(each in base.params) && !adapters.includes(each));
  if (odd !== undefined) {
    tf.dispose([base.params, trained]);
    throw new VptError(`${found.path}: holds a parameter "${odd}", which ${run.model} has not`);
  }
  log(`${name}: ${found.method} at checkpoint ${found.name}`);
  if (!lora) {
    tf.dispose(Object.keys(trained).map((each) => base.params[each]!));
    return { ...base, params: { ...base.params, ...trained } };
  }
  const start = initAdapter(base.config, lora, run.seed);
  const params = mergeAdapter(base.config, lora, { ...base.params, ...start, ...trained });
  tf.dispose([base.params, start, trained]);
  return { ...base, params };
}
