import type { SharedConfig } from "../config/shared-config.js";
import { methodFolder } from "../method-folder.js";
import type { Progress } from "../progress.js";
import { untilAllAreHere } from "../until-all-are-here.js";
import type { MethodStart, OpenWorkload, ResolvedMethod } from "../workload.js";
import { matchedSteps, type MeasuredCosts } from "./matched-steps.js";
import { measureStepCosts } from "./measure-step-costs.js";

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
  const measure = async (withBaseline: boolean): Promise<MeasuredCosts> => {
    progress.setStatus(`${method.name}: timing its steps${withBaseline ? " beside the baseline's" : ""}`);
    const plans = [open.method(method), ...(withBaseline ? [open.method({ name: "baseline" })] : [])];
    try {
      const [costs, baselineCosts] = await measureStepCosts(plans, { start, seed, trainable: open.trainable });
      return { costs: costs!, ...(baselineCosts && { baselineCosts }) };
    } finally {
      for (const plan of plans) {
        plan.probe?.dispose();
        await plan.batches.close?.();
      }
    }
  };
  const matched = await matchedSteps({
    method: method.name,
    folder: methodFolder(out, method.name),
    config,
    resume,
    isPrimary,
    untilAllAreHere: () => untilAllAreHere("match"),
    measure,
  });
  const time = matchSeconds === undefined ? `the time of ${steps} steps of the baseline` : `${matchSeconds} s`;
  progress.log(`${method.name}: ${matched} steps in ${time}`);
  return matched;
}
