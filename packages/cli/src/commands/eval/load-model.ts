import { useBackend } from "@vpt/backend";
import { loadLanguageModel, type LanguageModel } from "@vpt/lang";
import { resolveModel } from "@vpt/hub";
import type { Progress } from "@vpt/train";
import { deviceOf } from "./options.js";

/** Starts the backend and reads the model that `--model` names. */
export async function loadModel(
  name: string,
  device: string,
  progress: Progress,
): Promise<{ readonly model: LanguageModel; readonly backend: string }> {
  const backend = await useBackend({ device: deviceOf(device), log: progress.log });
  return { model: await loadLanguageModel(await resolveModel(name, { log: progress.log })), backend: backend.name };
}
