import type { VisionConfig } from "../vision/config.js";
import type { VisionMethod } from "../vision/vision-methods.js";
import { describeHours, hoursOf } from "./hours.js";
import { methodName } from "../workload.js";
import { short } from "./short.js";
import { visionCost, type VisionCost } from "./vision-cost.js";
import { visionShapeOf } from "./vision-shape.js";

/** What a vision run would do. */
export interface VisionPlan extends VisionCost {
  readonly model: string;
  readonly methods: readonly string[];
  readonly data: string;
  readonly steps: number;
  readonly images: number;
  /** All methods, by machine. */
  readonly hours: Readonly<Record<string, number>>;
}

const plain: readonly VisionMethod[] = ["baseline", "random-mask", "oracle"];

/**
 * A vision run's model, images, operations, memory and hours, from its configuration alone: nothing is read or fetched.
 *
 * @throws {VptError} When the model's shape is not known.
 */
export function planVisionRun(run: VisionConfig): VisionPlan {
  const cost = visionCost(run, visionShapeOf(run));
  const methods = run.methods.map(methodName);
  const flops = methods.reduce(
    (sum, method) => sum + ((plain as readonly string[]).includes(method) ? cost.flops : cost.flopsWithValue),
    0,
  );
  return {
    model:
      typeof run.model === "string" ? run.model : `a fresh ViT, ${run.model.layers} blocks of ${run.model.hiddenSize}`,
    methods,
    data: describeData(run.data),
    steps: run.steps,
    images: run.steps * run.batchSize,
    ...cost,
    hours: hoursOf(flops),
  };
}

/** The plan for people, in Markdown. */
export const describeVisionPlan = (plan: VisionPlan, where: string): string =>
  [
    `# Plan of ${where}`,
    ``,
    `- Model: ${plan.model}, ${short(plan.parameters)} parameters with its DINO head, all of them train.`,
    `- Methods: ${plan.methods.join(", ")}.`,
    `- Data: ${plan.data}.`,
    `- Images: ${short(plan.images)} an method, in ${plan.steps} steps.`,
    `- Operations an method: ${short(plan.flops, "FLOP")}, with a value ${short(plan.flopsWithValue, "FLOP")}.`,
    "- Memory, estimated, float32, before activations: student, gradient, moments and teacher " +
      `${short(plan.bytes, "B")}.`,
    describeHours(plan.hours),
    ``,
    `Nothing was read, fetched or run.`,
  ].join("\n");

function describeData(data: VisionConfig["data"]): string {
  if ("rendered" in data) return `rendered rooms, ${data.unlabeled} in the stream, ${data.feedback} for feedback`;
  const labelled = "pairs" in data ? data.pairs : data.nyuv2;
  return `${labelled}; stream ${data.unlabeled ?? "of its training images"}; ${data.feedback} images for feedback`;
}
