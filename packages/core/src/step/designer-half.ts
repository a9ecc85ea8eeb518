import type { Params } from "@vpt/contracts";
import type { KeepAlive } from "../internal/with-kept-tensors.js";
import { feedbacksOf, joinDomains, splitDomains } from "../value/domains.js";
import { designerLearns, designerUpdate, type DesignerUpdate } from "./designer-update.js";
import type { TaskSource } from "./learner-gradient.js";
import { type DesignInputs, lookaheadFeatures, paramsAhead } from "./lookahead.js";
import { metaGradient } from "./meta-gradient.js";
import type { StepInputs } from "./step-inputs.js";
import type { TrainStepOptions } from "./train-step-options.js";

/** What the designer's half of a step leaves to the learner's. */
export interface DesignerHalf {
  readonly designed: DesignerUpdate;
  readonly source: TaskSource;
}

/**
 * The designer's half of Algorithm 1 on one batch. One of three: features one downstream step ahead (`lookahead`),
 * learning in closed form (`learn`), or the value pass with its ∇_φ V, which moves φ or gives the task itself.
 *
 * @param cached `batch` with its frozen activations.
 */
export function designerHalf<Batch, View>(
  inputs: StepInputs,
  { batch, cached }: { readonly batch: Batch; readonly cached: Batch },
  design: DesignInputs,
  options: TrainStepOptions<Batch, View>,
  keep: KeepAlive,
): DesignerHalf {
  const { lookahead, learn } = options.designer;
  const { direction } = design;
  const still: DesignerUpdate = { designerMetrics: {} };
  if (lookahead) {
    return { designed: still, source: { ahead: lookaheadFeatures(inputs, cached, lookahead, design, options) } };
  }
  if (!direction) return { designed: still, source: {} };
  if (learn) {
    const { ahead: features, ...designed } = designerLearns(inputs, cached, direction, options);
    return { designed, source: { ahead: features, designerParams: designed.designer?.params } };
  }
  const meta = metaGradient(inputs, batch, cached, direction, options, keep);
  const designed = designerUpdate(inputs, meta, options); // φ ← φ + AdamW(∇_φ V)
  return { designed, source: { closedFormTask: meta.closedFormTask, designerParams: designed.designer?.params } };
}

/** θ⁺ of each domain: of this step's directions where it has any, else of the meta step before. */
export function anchoredParams<Batch, View>(
  inputs: StepInputs,
  directions: readonly Params[],
  { designer: { lookahead } }: TrainStepOptions<Batch, View>,
): Params | undefined {
  if (!lookahead?.anchored || inputs.kind === "baseline") return undefined;
  if (directions.length === 0) return inputs.ahead;
  return joinDomains(directions.map((direction) => paramsAhead(inputs, direction, lookahead.stepSize)));
}

/** One domain's part of {@link anchoredParams}. */
export const aheadOf = <Batch, View>(
  ahead: Params | undefined,
  domain: number,
  { value }: TrainStepOptions<Batch, View>,
): Params | undefined => ahead && splitDomains(ahead, value ? feedbacksOf(value.feedback).length : 1)[domain];
