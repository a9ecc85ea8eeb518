import * as tf from "@tensorflow/tfjs";
import { gateCollapseDetector } from "@vpt/core";
import type { LanguageBatch, LanguageView } from "@vpt/lang";
import type { MethodPlan, ResolvedMethod } from "../workload.js";
import { buildMethod, type BuiltMethod } from "./build-method.js";
import type { RunConfig } from "./config.js";
import type { LoadedExperiment } from "./load-experiment.js";

/**
 * Builds a method and says how the runner trains it: statistics of its feedback go into the metrics, a collapsed gate
 * raises an alarm.
 */
export function planMethod(
  loaded: LoadedExperiment,
  method: ResolvedMethod<LanguageBatch, LanguageView>,
  config: RunConfig,
): { readonly plan: MethodPlan<LanguageBatch, LanguageView>; readonly method: BuiltMethod } {
  let taken: Record<string, unknown> = {}; // of the feedback of the step under way
  const built = buildMethod(loaded, method, config, {
    onSignal: ({ cosine, batchesPerHalf }) =>
      (taken = { ...taken, gradientAgreement: cosine, feedbackBatches: 2 * batchesPerHalf }),
    onGradients: ({ norms, cosines }) => (taken = { ...taken, feedbackNorms: norms, feedbackCosines: cosines }),
  });
  const { options, trainable, tokensPerRow, rowsPerStep, batches, probe } = built;
  const { designer, alarm } = config;
  const plan: MethodPlan<LanguageBatch, LanguageView> = {
    step: options,
    batches,
    trainable,
    unitsPerStep: tokensPerRow * rowsPerStep,
    probe: probe && {
      downstream: probe.downstream,
      ...(probe.feedback && { feedback: probe.feedback }),
      dispose: () => tf.dispose(probe.batch as tf.TensorContainer),
    },
    detectors: method.name === "value" && designer.maxGate > 0 ? [gateCollapseDetector({ ...designer, ...alarm })] : [],
    takeMetrics: () => {
      const metrics = taken;
      taken = {};
      return metrics;
    },
  };
  return { plan, method: built };
}
