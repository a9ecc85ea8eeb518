import { join } from "node:path";
import { writeDurably } from "@vpt/core/run";
import type { TrainState } from "@vpt/core";
import type { RunCallback } from "../run-callback.js";
import type { OpenWorkload } from "../workload.js";

/**
 * Writes a workload's artifacts into the method's folder: at the method's first step with a task of its own, and after
 * its last.
 *
 * @param firstTaskStep The step of the method's first own task; undefined for a method without.
 */
export function artifactWriter<Batch, View>(
  { artifacts }: Pick<OpenWorkload<Batch, View>, "artifacts">,
  firstTaskStep: number | undefined,
): RunCallback {
  if (!artifacts) return {};
  const write = async (method: string, folder: string, state: TrainState, when: "start" | "end"): Promise<void> => {
    for (const { name, data } of await artifacts(method, state, when, folder))
      await writeDurably(join(folder, name), data);
  };
  return {
    // Before that step the state has no feedback average, so its direction is the one that the step itself computed
    onStep: async ({ method, folder, step, state, previous }) => {
      if (step === firstTaskStep) await write(method, folder, { ...previous, feedbackEma: state.feedbackEma }, "start");
    },
    onMethodEnd: ({ method, folder, state }) => write(method, folder, state, "end"),
  };
}
