import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { VptError } from "@vpt/core";
import { dinov3Config, parseViTConfig, type ViTConfig } from "@vpt/vision";
import type { VisionConfig } from "../vision/config.js";

const sizes = { s: "small", b: "base", l: "large" } as const;

/**
 * The shape of a vision run's model, without its weights.
 *
 * @throws {VptError} For an id whose shape is not known here and that is no folder.
 */
export function visionShapeOf({ model, crops }: Pick<VisionConfig, "model" | "crops">): ViTConfig {
  if (typeof model !== "string") return dinov3Config({ ...model, imageSize: crops.globalSize });
  const path = join(model, "config.json");
  if (existsSync(path)) return parseViTConfig(JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>);
  const size = /dinov3-vit([sbl])16-/.exec(model)?.[1];
  if (size) return dinov3Config(sizes[size as keyof typeof sizes]);
  throw new VptError(
    `--plan: the size of "${model}" is not known before it is there; give a folder with a ` +
      "config.json, or a DINOv3 ViT-S, B or L",
  );
}
