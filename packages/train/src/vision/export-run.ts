import * as tf from "@tensorflow/tfjs";
import { VptError } from "@vpt/core";
import { saveViT } from "@vpt/vision";
import type { ExportedRun, ExportRunOptions } from "../exported-run.js";
import { findCheckpoint } from "../find-checkpoint.js";
import { studentOf } from "./load-encoder.js";

/** Options of {@link exportVisionRun}. */
export type ExportVisionRunOptions = ExportRunOptions;

/**
 * Writes the student of a vision run as a Hugging Face folder: `config.json` of DINOv3 or DINOv2 and
 * `model.safetensors` without the projection head. `loadViT` of `@vpt/vision` reads it back. Start the backend first.
 *
 * @param run Folder of a run, or of one of its methods.
 * @throws {VptError} When the folder holds no vision run, has several methods and none is named, has no such
 *   checkpoint, or something is at `out` already.
 * @example
 * ```ts
 * import { exportVisionRun } from "@vpt/train/vision";
 *
 * await exportVisionRun("runs/vision", { method: "value", out: "models/student" });
 * ```
 * @category running
 */
export async function exportVisionRun(
  run: string,
  { method, out, step, dtype = "f32", log = () => {} }: ExportVisionRunOptions,
): Promise<ExportedRun> {
  const found = findCheckpoint(run, { method, checkpoint: step });
  if (!found) throw new VptError(`${run}: no folder of a run; expected the folder of a vpt train`);
  const vit = await studentOf(run, found, log);
  try {
    await saveViT(out, vit, { dtype });
  } finally {
    tf.dispose(vit.params);
  }
  return { out, method: found.method, step: step ?? Number(found.name), dtype };
}
