import { adamW, type AdamWOptions, type Optimizer } from "@vpt/core";

/** What of the section `learner` the optimizer takes, in every workload. */
export interface LearnerOptimizerConfig extends Pick<AdamWOptions, "beta1" | "beta2" | "weightDecay"> {
  readonly weightDecayOn: "matrices" | "all";
}

/** Returns the learner's AdamW; with `weightDecayOn: "all"` biases and weights of norms decay too. */
export const learnerOptimizer = ({ weightDecayOn, ...options }: LearnerOptimizerConfig): Optimizer =>
  adamW({ ...options, ...(weightDecayOn === "all" && { decayed: () => true }) });
