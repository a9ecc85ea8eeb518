import { batchSourceLaws, brokenLaws } from "@vpt/core/testing";
import type { SharedConfig } from "../config/shared-config.js";
import { createProgress } from "../progress.js";
import { methodName, type Workload } from "../workload.js";

/** Opens a workload and returns the laws that the batches of the configuration's first method break. */
export async function brokenBatchLaws<Config extends SharedConfig, Batch, View>(
  workload: Workload<Config, Batch, View>,
  config: Config,
): Promise<Awaited<ReturnType<typeof brokenLaws>>> {
  const context = { backend: "test", progress: createProgress({ quiet: true }), isPrimary: true };
  const open = await workload.open(config, context);
  const name = methodName(config.methods[0]!);
  try {
    return await brokenLaws(batchSourceLaws(() => open.method({ name }).batches, { count: 3 }));
  } finally {
    await open.close();
  }
}
