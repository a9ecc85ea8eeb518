import type { Params } from "@vpt/core";
import { readCheckpoint } from "@vpt/weights";
import { parseViTConfig, type ViTConfig } from "./vit-config.js";
import { checkViTParams, vitShapes } from "./vit-shapes.js";

/** A backbone: what it is and its weights, under the names of its files. */
export interface ViT {
  readonly config: ViTConfig;
  readonly params: Params;
}

/**
 * Reads a DINOv3 or DINOv2 backbone in Hugging Face's layout.
 *
 * @param path A folder; `resolveModel` of `@vpt/weights` finds one by name.
 * @returns Parameters belong to the caller.
 * @throws {VptError} When the checkpoint is damaged or is no such ViT.
 * @example
 * ```ts
 * import { resolveModel } from "@vpt/hub";
 * import { loadViT } from "@vpt/vision";
 *
 * const { config, params } = await loadViT(await resolveModel("facebook/dinov2-small"));
 * ```
 * @category model
 */
export async function loadViT(path: string): Promise<ViT> {
  const checkpoint = await readCheckpoint(path);
  try {
    const config = parseViTConfig(checkpoint.config);
    // Newer files may put the blocks under "model.": names are matched by their end.
    const stored = checkpoint.names();
    const found = Object.keys(vitShapes(config)).flatMap((name) => {
      const match = stored.find((candidate) => candidate === name || candidate.endsWith(`.${name}`));
      return match === undefined ? [] : [[name, match] as const];
    });
    const read = await checkpoint.params(found.map(([, match]) => match));
    const params = Object.fromEntries(found.map(([name, match]) => [name, read[match]!]));
    checkViTParams(config, params);
    return { config, params };
  } finally {
    await checkpoint.close();
  }
}
