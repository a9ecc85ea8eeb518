import type { Compile } from "@vpt/core";
import { pick, probeUpdates } from "@vpt/core";
import type { RunCallback } from "../run-callback.js";
import type { ProbePlan } from "../workload.js";
import { stepLog } from "./step-log.js";

/**
 * Writes `probe.jsonl`: every `every` steps the loss on held-out downstream rows, its decrease as the gradient predicts
 * it for the step just taken, and its decrease as it is.
 */
export function stepProbe(
  { downstream }: Pick<ProbePlan, "downstream">,
  { every, compile }: { readonly every: number; readonly compile?: Compile },
): RunCallback {
  const updates = probeUpdates(downstream, compile);
  const log = stepLog("probe", async ({ step, state, previous }) => {
    if (step % every !== 0) return undefined;
    const after = pick(state.params, Object.keys(state.optimizer.first));
    return { ...(await updates.evaluate(previous.params, [after]))[0] };
  });
  return { ...log, onMethodEnd: () => updates.dispose() };
}
