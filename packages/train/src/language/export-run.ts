import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { VptError } from "@vpt/core";
import { createCheckpoints } from "@vpt/core/run";
import { resolveModel } from "@vpt/hub";
import {
  initAdapter,
  loadLanguageModel,
  mergeAdapter,
  saveAdapter,
  saveLanguageModel,
  tinyLanguageModel,
} from "@vpt/lang";
import { tensorFile } from "@vpt/weights";
import type { ExportedRun, ExportRunOptions } from "../exported-run.js";
import { methodFolder } from "../method-folder.js";
import { methodName } from "../workload.js";
import type { RunConfig } from "./config.js";
import { selectTrainable } from "./select-trainable.js";

/** Options of {@link exportLanguageRun}. */
export interface ExportLanguageRunOptions extends ExportRunOptions {
  /** Of a LoRA run, writes the adapters alone as PEFT loads them. Default: they are merged into the weights. */
  readonly adapter?: boolean;
}

/**
 * Writes the model of a language run as Python's transformers loads it. Start the backend first.
 *
 * @param folder Folder of a run.
 * @throws {VptError} When the folder holds no language run, has several methods and none is named, has no such
 *   checkpoint, `adapter` is set for a run without adapters, or something is at `out` already.
 * @example
 * ```ts
 * import { exportLanguageRun } from "@vpt/train/language";
 *
 * await exportLanguageRun("runs/a", { method: "value", out: "models/a", dtype: "bf16" });
 * ```
 * @category running
 */
export async function exportLanguageRun(
  folder: string,
  { method: asked, out, step, dtype = "f32", adapter = false, log = () => {} }: ExportLanguageRunOptions,
): Promise<ExportedRun> {
  const run = readConfig(folder);
  const method = methodOf(run, asked);
  const checkpoints = join(methodFolder(folder, method), "checkpoints");
  const base =
    run.model === "tiny"
      ? tinyLanguageModel(run.seed)
      : await loadLanguageModel(await resolveModel(run.model, { log }));
  const { config } = base;
  const lora = run.learner?.lora && selectTrainable(config, run).lora;
  if (adapter && !lora) throw new VptError(`--adapter: ${folder} trained no adapters; leave it out`);
  const start = lora ? { ...base.params, ...initAdapter(config, lora, run.seed) } : base.params;
  const saved = await createCheckpoints(checkpoints, tensorFile, { keep: run.keepCheckpoints }).latest(start, step);
  if (saved === undefined) throw new VptError(noCheckpoint(checkpoints, step));
  const { params } = saved.state;
  if (lora && adapter) await saveAdapter(out, { config, lora, params, base: run.model });
  else {
    const merged = lora ? mergeAdapter(config, lora, params) : params;
    await saveLanguageModel(out, { ...base, params: merged }, { dtype });
  }
  return { out, method, step: saved.state.step, dtype };
}

function readConfig(folder: string): RunConfig {
  const path = join(folder, "config.json");
  if (!existsSync(path)) throw new VptError(`--run ${folder}: no config.json; expected the folder of a vpt train`);
  const run = JSON.parse(readFileSync(path, "utf8")) as RunConfig & { readonly kind?: string };
  if ((run.kind ?? "language") !== "language" || !Array.isArray(run.methods) || typeof run.model !== "string")
    throw new VptError(`--run ${folder}: not a run of a language model`);
  return run;
}

function methodOf(run: RunConfig, asked: string | undefined): string {
  const methods = run.methods.map(methodName);
  const method = asked ?? (methods.length === 1 ? methods[0] : undefined);
  if (method !== undefined && methods.includes(method)) return method;
  const received = asked === undefined ? "" : `, received "${asked}"`;
  throw new VptError(`--method: expected one of ${methods.join(", ")}${received}`);
}

const noCheckpoint = (folder: string, step: number | undefined): string =>
  step === undefined
    ? `${folder}: no whole checkpoint; train the method first`
    : `--step ${step}: no whole checkpoint of it in ${folder}; "saveEvery" and "keepCheckpoints" say which are kept`;
