import { VptError } from "@vpt/core";
import { renderScene, sceneClasses, type RgbImage } from "@vpt/data/images";
import type { DenseSample } from "@vpt/vision";
import type { VisionConfig } from "./vision-config.js";

/** Disjoint pools of one run. */
export interface VisionPools {
  readonly stream: readonly RgbImage[];
  readonly heads: readonly DenseSample[];
  readonly feedback: readonly DenseSample[];
  readonly probe: readonly DenseSample[];
  readonly test: readonly DenseSample[];
  readonly classes: readonly string[];
  readonly hasDepth: boolean;
}

/** The pools that a configuration names. No image is in two of them. */
export async function loadPools({ data, crops }: VisionConfig): Promise<VisionPools> {
  if ("pairs" in data) throw new VptError("pairs: not read here");
  const size = { width: crops.globalSize, height: crops.globalSize };
  let next = data.seed * 1_000_000;
  const scenes = (count: number): DenseSample[] => Array.from({ length: count }, () => renderScene(next++, size));
  const [heads, feedback, probe, test] = [
    scenes(data.heads),
    scenes(data.feedback),
    scenes(data.probe),
    scenes(data.test),
  ];
  const stream = Array.from({ length: data.stream }, () => renderScene(next++, { width: data.streamSize, height: data.streamSize }).image); // prettier-ignore
  return { stream, heads, feedback, probe, test, classes: sceneClasses, hasDepth: true };
}
