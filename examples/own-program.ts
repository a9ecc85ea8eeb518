// Trains the tiny language model and a tiny vision transformer from a program, watched by a callback of one's own.
import { parseConfig, runExperiment, type RunCallback, type RunSummary } from "@vpt/train";
import { languageWorkload, type RunConfigInput } from "@vpt/train/language";
import { visionWorkload, type VisionConfigInput } from "@vpt/train/vision";

const losses: number[] = [];
const watch: RunCallback = { onStep: ({ metrics }) => void losses.push(metrics["loss"]!) };

/** Continues the pretraining of a language model; returns its summary. */
export const trainLanguage = (config: RunConfigInput, out: string): Promise<RunSummary> =>
  runExperiment(languageWorkload, parseConfig(languageWorkload.schema, config, "language"), {
    out,
    callbacks: [watch],
  });

/** Continues the pretraining of a vision transformer; returns its summary. */
export const trainVision = (config: VisionConfigInput, out: string): Promise<RunSummary> =>
  runExperiment(visionWorkload, parseConfig(visionWorkload.schema, config, "vision"), { out, callbacks: [watch] });

/** The losses that the callback has seen. */
export const lossesSeen = (): readonly number[] => losses;
