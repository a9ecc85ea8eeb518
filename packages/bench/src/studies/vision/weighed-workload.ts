import * as tf from "@tensorflow/tfjs";
import type { OpenWorkload } from "@vpt/train";
import { visionWorkload, type VisionConfig } from "@vpt/train/vision";
import type { VisionBatch, VisionView } from "@vpt/vision";

type Opened = OpenWorkload<VisionBatch, VisionView>;

/**
 * The vision workload with further methods: each trains as `method` does, under weights of the tasks of its own. All
 * methods of a run start from one pretraining.
 *
 * @param weights Of the tasks, by the name that the configuration's `methods` gives (`{ name }`).
 */
export const weighedWorkload = (
  method: "tilt" | "value",
  weights: Readonly<Record<string, VisionConfig["tasks"]>>,
): typeof visionWorkload => ({
  ...visionWorkload,
  async open(run, context) {
    const base = await visionWorkload.open(run, context);
    const weighed: Record<string, Opened> = {};
    for (const [name, tasks] of Object.entries(weights)) {
      const opened = await visionWorkload.open({ ...run, tasks }, context);
      tf.dispose(opened.params); // the base's are the start
      weighed[name] = opened;
    }
    const all = [base, ...Object.values(weighed)];
    return {
      ...base,
      method: (given) => weighed[given.name]?.method({ name: method }) ?? base.method(given),
      close: async () => {
        for (const opened of all) await opened.close();
      },
    };
  },
});
