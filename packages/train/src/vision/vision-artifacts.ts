import * as tf from "@tensorflow/tfjs";
import type { TrainState } from "@vpt/core";
import type { Artifact } from "../run-summary.js";
import type { VisionConfig } from "./config.js";
import { maskFigure, predictionFigure } from "./figures.js";
import { scoreVision } from "./score-vision.js";
import { batchesOf, type VisionModel } from "./start-vision.js";
import type { VisionPools } from "./vision-data.js";
import { visionMethodOptions } from "./vision-method-options.js";

/** Draws `predictions.png` of every method, `masks.png` of one whose designer is learned. */
export async function visionArtifacts(
  method: string,
  state: TrainState,
  {
    run,
    pools,
    model,
  }: {
    readonly run: VisionConfig;
    readonly pools: VisionPools;
    readonly model: VisionModel;
  },
): Promise<Artifact[]> {
  const { shown } = await scoreVision(model.config, state.params, run, pools);
  const predictions = { name: "predictions.png", data: predictionFigure(shown, pools.classes.length) };
  if (method !== "value") return [predictions];
  const batches = batchesOf({ ...run, loader: { ...run.loader, workers: 0 } }, pools, model.config, run.seed);
  const batch = await batches.at(run.steps);
  await batches.close();
  const { designer } = visionMethodOptions({ name: method }, run, model, pools).step;
  const masks = await maskFigure(designer, state.designerParams, batch, run.designer.blur);
  tf.dispose(batch as unknown as tf.TensorContainer);
  return [predictions, { name: "masks.png", data: masks }];
}
