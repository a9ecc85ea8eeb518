import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TrainState } from "@vpt/core";
import type { LanguageBatch, LanguageView } from "@vpt/lang";
import { digitTokens, tokenClasses } from "@vpt/lang/evaluation";
import { describePlan, planRun } from "../plan/plan-run.js";
import type { Artifact, Metric } from "../run-summary.js";
import type { OpenWorkload, ResolvedMethod, Workload } from "../workload.js";
import type { BuiltMethod } from "./build-method.js";
import { runConfigSchema, type RunConfig } from "./config.js";
import { dataSizes, loadExperiment, type LoadedExperiment } from "./load-experiment.js";
import { planMethod } from "./plan-method.js";
import { languagePresetUse } from "./presets/language-preset-use.js";
import { sampleTargets } from "./sample-targets.js";
import { score } from "./score.js";

const nll: Metric = { name: "nll", label: "held-out NLL", higherIsBetter: false };

/** The numbers that a language run reports; those that its data do not support are left out. */
const metricsOf = ({ model, datasets, testSets }: LoadedExperiment, { evaluation }: RunConfig): Metric[] => [
  nll,
  { name: "accuracy", label: "top-1", higherIsBetter: true },
  { name: "bitsPerByte", label: "bits per byte", higherIsBetter: false },
  ...(evaluation.biasRows > 0 ? [{ name: "nllAfterBias", label: "NLL after own bias", higherIsBetter: false }] : []),
  ...tokenClasses.map((name) => ({ name: `nll/${name}`, label: `NLL of ${name}`, higherIsBetter: false })),
  ...(digitTokens(model.tokenizer)
    ? [{ name: "digitCrossEntropy", label: "cross-entropy within digits", higherIsBetter: false }]
    : []),
  ...(datasets.unlabeledTest.length > 0
    ? [{ name: "unlabeledNll", label: "unlabeled NLL", higherIsBetter: false }]
    : []),
  ...Object.keys(testSets).map((name) => ({ name: `nll/${name}`, label: `NLL of ${name}`, higherIsBetter: false })),
  ...(evaluation.passAt1Rows > 0 ? [{ name: "passAt1", label: "pass@1", higherIsBetter: true }] : []),
];

/**
 * Continued pretraining of a language model, the workload of `defineConfig` files.
 *
 * @example
 * ```ts
 * import { runExperiment } from "@vpt/train";
 * import { languageWorkload, parseRunConfig } from "@vpt/train/language";
 * const test = { synthetic: "problems", split: "test" };
 * const data = { unlabeled: { synthetic: "stream" }, feedback: { synthetic: "problems" }, test };
 * await runExperiment(languageWorkload, parseRunConfig({ model: "tiny", data }, "my config"), { out: "runs/a" });
 * ```
 * @category running
 */
export const languageWorkload: Workload<RunConfig, LanguageBatch, LanguageView> = {
  kind: "language",
  schema: runConfigSchema,
  open: async (run, { backend, progress }) => openLanguage(run, await loadExperiment(run, backend, progress), progress),
  plan(run, where) {
    const plan = planRun(run);
    return { plan, text: describePlan(plan, where) };
  },
};

function openLanguage(
  run: RunConfig,
  loaded: LoadedExperiment,
  progress: Parameters<typeof score>[4],
): OpenWorkload<LanguageBatch, LanguageView> {
  const { model } = loaded;
  const built = new Map<string, BuiltMethod>();
  const planOf = (method: ResolvedMethod<LanguageBatch, LanguageView>, config: RunConfig) => {
    const { plan, method: parts } = planMethod(loaded, method, config);
    built.set(method.name, parts);
    return plan;
  };
  return {
    params: model.params,
    trainable: [],
    unit: "tokens",
    model: run.model,
    data: dataSizes(loaded),
    primaryMetric: nll,
    metrics: metricsOf(loaded, run),
    preset: languagePresetUse(run),
    method: (method, { steps } = run) => planOf(method, { ...run, steps }),
    pretrain: () => planOf({ name: "baseline" }, { ...run, steps: run.pretrainSteps }),
    evaluate: (params, options) => score(loaded, params, run, options, progress),
    artifacts: (method, state, when, folder) => targetsOf(loaded, built.get(method)!, run, { state, when, folder }),
    close: async () => undefined,
  };
}

/** `targets-before.json` at the first step with a target of the method's own; at its end `targets.json`, with both. */
async function targetsOf(
  loaded: LoadedExperiment,
  method: BuiltMethod,
  run: RunConfig,
  { state, when, folder }: { readonly state: TrainState; readonly when: "start" | "end"; readonly folder: string },
): Promise<Artifact[]> {
  const first = join(folder, "targets-before.json");
  if (when === "end" && !existsSync(first)) return [];
  const targets = await sampleTargets(loaded, method, run, state);
  if (!targets) return [];
  if (when === "start") return [{ name: "targets-before.json", data: JSON.stringify(targets) }];
  const before = JSON.parse(readFileSync(first, "utf8")) as unknown;
  return [{ name: "targets.json", data: JSON.stringify({ before, after: targets }) }];
}
