import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { useBackend, type BackendOptions } from "@vpt/backend";
import { VptError } from "@vpt/core";
import { checkViTParams, dinov3Config, loadViT, vitShapes, type ViT } from "@vpt/vision";
import { resolveModel } from "@vpt/hub";
import type { Progress } from "../progress.js";
import { tensorFile } from "@vpt/weights";
import { visionConfigSchema, type VisionConfig } from "./config.js";

/**
 * Starts the backend and reads the ViT that `--model` names: a Hugging Face folder or id, or an method of one of our runs
 * (`runs/vision/value`), whose newest checkpoint's student it takes.
 */
export async function loadEncoder(
  name: string,
  device: NonNullable<BackendOptions["device"]>,
  progress: Progress,
): Promise<ViT> {
  await useBackend({ device, log: progress.log });
  const run = readConfig(join(name, "config.json"));
  if (run) {
    const methods = readdirSync(name).filter((method) => existsSync(join(name, method, "checkpoints")));
    throw new VptError(
      `--model ${name}: a run of several methods; name one, such as ${join(name, methods[0] ?? "value")}`,
    );
  }
  const above = readConfig(join(dirname(name), "config.json"));
  return above && existsSync(join(name, "checkpoints"))
    ? armOf(name, above, progress)
    : loadViT(await resolveModel(name, { log: progress.log }));
}

/** The configuration of a vision run, if that is what the file holds. */
function readConfig(path: string): VisionConfig | undefined {
  if (!existsSync(path)) return undefined;
  const parsed = visionConfigSchema.safeParse(JSON.parse(readFileSync(path, "utf8")));
  return parsed.success ? parsed.data : undefined;
}

async function armOf(folder: string, { model, crops }: VisionConfig, progress: Progress): Promise<ViT> {
  const steps = readdirSync(join(folder, "checkpoints"))
    .map(Number)
    .filter(Number.isInteger)
    .sort((a, b) => b - a);
  if (steps.length === 0) throw new VptError(`--model ${folder}: no checkpoint yet; let the run go on with --resume`);
  const config =
    typeof model === "string"
      ? (await loadViT(await resolveModel(model, { log: progress.log }))).config
      : dinov3Config({ ...model, imageSize: crops.globalSize });
  const stored = await tensorFile.read(join(folder, "checkpoints", String(steps[0]), "state.safetensors"));
  const names = Object.keys(vitShapes(config));
  const params = Object.fromEntries(
    names.flatMap((name) => (stored[`params/${name}`] ? [[name, stored[`params/${name}`]!]] : [])),
  );
  checkViTParams(config, params);
  for (const [name, tensor] of Object.entries(stored))
    if (!name.startsWith("params/") || !(name.slice(7) in params)) tensor.dispose();
  progress.log(`${folder}: the student after ${steps[0]} steps`);
  return { config, params };
}
