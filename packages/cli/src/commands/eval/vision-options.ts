import { join } from "node:path";
import { type Progress, createProgress, showTimeLeft, stopSignal } from "@vpt/train";
import { pictureFolder } from "@vpt/vision/evaluation";
import { limitOf, realNumber, wholeNumber } from "./options.js";

/** Arguments of every benchmark on images. */
export const visionArgs = {
  model: {
    type: "string",
    required: true,
    description: "a DINOv2 or DINOv3 ViT: a folder, a Hugging Face id, or an method of a run such as runs/vision/value",
  },
  limit: { type: "string", description: "test images to score; all by default" },
  batch: { type: "string", default: "8", description: "images a forward pass" },
  device: { type: "string", default: "auto", description: "auto, cpu, cuda, wasm or js" },
  seed: { type: "string", default: "0", description: "of fresh heads, crops and subsets" },
  out: {
    type: "string",
    required: true,
    description: "folder of records, heads, pictures and report.html; an interrupted run is continued from it",
  },
  pictures: { type: "string", default: "12", description: "images shown in the report" },
  "bad-share": {
    type: "string",
    default: "0.05",
    description: "share of images that may be unusable before it gives up",
  },
  json: { type: "boolean", description: "print one JSON object" },
} as const;

/** Arguments of benchmarks that train a dense head on the frozen encoder first. */
export const headArgs = {
  head: { type: "string", default: "linear", description: "linear (batch norm and 1×1 convolution) or conv" },
  iterations: { type: "string", description: "updates of the head; the protocol's by default" },
  "train-batch": { type: "string", default: "16", description: "crops an update" },
  "train-limit": { type: "string", description: "training images, drawn by the seed; all by default" },
} as const;

/** What citty makes of {@link visionArgs}. */
export interface VisionArgs {
  readonly model: string;
  readonly limit?: string | undefined;
  readonly batch: string;
  readonly device: string;
  readonly seed: string;
  readonly out: string;
  readonly pictures: string;
  readonly "bad-share": string;
  readonly json?: boolean | undefined;
}

/** What the runners share, made of {@link VisionArgs}. */
export function visionRun(args: VisionArgs) {
  const progress: Progress = createProgress();
  const signal = stopSignal(progress.log);
  const batchSize = wholeNumber("--batch", args.batch);
  const maxCorruptFraction = realNumber("--bad-share", args["bad-share"], [0, 1]);
  const began = Date.now();
  const onProgress = (what: string) => showTimeLeft(progress, (done, total) => `${what} ${done}/${total}`, began);
  return {
    progress,
    signal,
    seed: wholeNumber("--seed", args.seed, 0),
    limit: limitOf(args),
    pictures: pictureFolder(join(args.out, "pictures"), wholeNumber("--pictures", args.pictures, 0)),
    maxCorruptFraction,
    batchSize,
    onProgress,
    /** Options of a runner. */
    runner: {
      file: join(args.out, "record.jsonl"),
      model: args.model,
      batchSize,
      maxCorruptFraction,
      signal,
      onProgress: onProgress("scored"),
      onBad: ({ name, reason }: { readonly name: string; readonly reason: string }) =>
        progress.log(`left out ${name}: ${reason}`),
    },
  };
}
