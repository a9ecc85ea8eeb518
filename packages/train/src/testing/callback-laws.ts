import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SharedConfig } from "../config/shared-config.js";
import type { RunCallback } from "../run-callback.js";
import { runExperiment } from "../run-experiment.js";
import { methodName, type Workload } from "../workload.js";
import { assert, type Law } from "./workload-laws.js";

/**
 * The laws of a callback: it changes no number of the run it watches, and it goes on over a run that is stopped and
 * resumed. The workload and the configuration should be small; `tiny` ones of the examples are.
 *
 * @param make Returns a new callback for each run.
 * @example
 * ```ts
 * import { languageWorkload, parseRunConfig } from "@vpt/train/language";
 * import { callbackLaws } from "@vpt/train/testing";
 * import { it } from "vitest";
 * const test = { synthetic: "problems", split: "test" };
 * const data = { unlabeled: { synthetic: "stream" }, feedback: { synthetic: "problems" }, test };
 * const tiny = parseRunConfig({ model: "tiny", steps: 3, data }, "my config");
 * const counter = () => ({ steps: 0, onStep() { this.steps++; } }); // your callback
 * for (const { name, check } of callbackLaws(counter, languageWorkload, tiny)) it(name, check);
 * ```
 * @category testing
 */
export function callbackLaws<Config extends SharedConfig, Batch, View>(
  make: () => RunCallback,
  workload: Workload<Config, Batch, View>,
  config: Config,
): Law[] {
  const folder = mkdtempSync(join(tmpdir(), "callback-laws-"));
  const go = async (out: string, options: object): Promise<string> => {
    const { methods } = await runExperiment(workload, config, { out: join(folder, out), ...options });
    return JSON.stringify(methods.map(({ scores }) => scores));
  };
  return [
    {
      name: "changes no number of the run",
      check: async () => {
        const [without, watched] = [await go("without", {}), await go("with", { callbacks: [make()] })];
        assert(without === watched, "scores differ with the callback");
      },
    },
    {
      name: "works on a run that is stopped and resumed",
      check: async () => {
        const last = methodName(config.methods.at(-1)!);
        const controller = new AbortController();
        const stop: RunCallback = { onStep: ({ method }) => void (method === last && controller.abort()) };
        await go("stopped", { callbacks: [make(), stop], signal: controller.signal }).catch(() => undefined);
        const resumed = await go("stopped", { callbacks: [make()], resume: true });
        assert(resumed === (await go("whole", {})), "scores differ after resuming");
      },
    },
  ];
}
