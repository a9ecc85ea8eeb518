import type { SharedConfig } from "../config/shared-config.js";
import { methodFolder } from "../method-folder.js";
import type { Progress } from "../progress.js";
import { untilAllAreHere } from "../until-all-are-here.js";
import type { MethodStart, OpenWorkload, ResolvedMethod } from "../workload.js";
import { matchedSteps } from "./matched-steps.js";
import { measureStepCosts } from "./measure-step-costs.js";
import type { StepCosts } from "./step-costs.js";

/** The run whose methods are matched. */
export interface MatchedRun {
  readonly out: string;
  readonly config: Pick<SharedConfig, "match" | "matchSeconds" | "steps" | "seed">;
  readonly resume?: boolean;
  readonly isPrimary: boolean;
  readonly progress: Progress;
}

/**
 * Returns the steps of a method: the configuration's, or with `match: "seconds"` as many as take the baseline's time,
 * see {@link matchedSteps}.
 */
export async function methodSteps<Batch, View>(
  method: ResolvedMethod<Batch, View>,
  start: MethodStart,
  open: OpenWorkload<Batch, View>,
  { config, out, resume = false, isPrimary, progress }: MatchedRun,
): Promise<number> {
  const { match, matchSeconds, steps, seed } = config;
  if (match === "steps" || (method.name === "baseline" && matchSeconds === undefined)) return steps;
  const measure = async (measured: ResolvedMethod<Batch, View>): Promise<StepCosts> => {
    progress.setStatus(`${method.name}: timing the steps of ${measured.name}`);
    const plan = open.method(measured);
    try {
      return await measureStepCosts(plan, { start, seed, trainable: open.trainable });
    } finally {
      plan.probe?.dispose();
      await plan.batches.close?.();
    }
  };
  const matched = await matchedSteps({
    method: method.name,
    folder: methodFolder(out, method.name),
    config,
    resume,
    isPrimary,
    untilAllAreHere: () => untilAllAreHere("match"),
    measure: (which) => measure(which === "own" ? method : { name: "baseline" }),
  });
  const time = matchSeconds === undefined ? `the time of ${steps} steps of the baseline` : `${matchSeconds} s`;
  progress.log(`${method.name}: ${matched} steps in ${time}`);
  return matched;
}
