import type { Params } from "@vpt/core";
import { causalLearner, nextTokenTask } from "../causal-learner.js";
import type { LanguageBatch } from "../language-batch.js";
import type { DecoderConfig } from "../model/index.js";
import { subsetGradient } from "./subset-gradient.js";

/**
 * `∇_θ_S Σ_n w_n (−log p_θ(next_n))` with the batch's own weights, which may be negative. New tensors, owned by the
 * caller.
 */
export const nextTokenGradient = (
  config: DecoderConfig,
  params: Params,
  subset: readonly string[],
  batch: LanguageBatch,
): Params =>
  subsetGradient(config, params, subset, batch, (moved, started) =>
    causalLearner(config).loss(moved, started, () => nextTokenTask(started)),
  );
