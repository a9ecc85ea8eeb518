import { readFileSync } from "node:fs";
import { join } from "node:path";
import { VptError } from "@vpt/core";
import { createCheckpoints } from "@vpt/core/run";
import { loadLanguageModel, saveLanguageModel, tinyLanguageModel } from "@vpt/lang";
import { resolveModel } from "@vpt/hub";
import { methodFolder, type Progress } from "@vpt/train";
import type { RunConfig } from "@vpt/train/language";
import { tensorFile } from "@vpt/weights";
import type { ExportCommand } from "./study-command.js";

/**
 * Writes a method of a run as a model folder, from its newest checkpoint or that after `step` steps.
 *
 * @throws {VptError} When there is no such checkpoint.
 */
export async function exportMethod({ run: folder, method, step, out }: ExportCommand, progress: Progress) {
  const run = JSON.parse(readFileSync(join(folder, "config.json"), "utf8")) as RunConfig;
  const model =
    run.model === "tiny"
      ? tinyLanguageModel(run.seed)
      : await loadLanguageModel(await resolveModel(run.model, { log: progress.log }));
  const path = join(methodFolder(folder, method), "checkpoints");
  const saved = await createCheckpoints(path, tensorFile, { keep: run.keepCheckpoints }).latest(model.params, step);
  if (!saved) throw new VptError(`${path}: no whole checkpoint${step === undefined ? "" : ` of step ${step}`}`);
  await saveLanguageModel(out, { ...model, params: saved.state.params }, { dtype: "f32" });
}
