import { presetLines, type PresetUse } from "../config/preset-use.js";
import type { CorpusPart, CorpusSource, RowSource, RunConfig } from "../language/config.js";
import { setNames, testSources } from "../language/load-experiment.js";
import { languagePresetUse } from "../language/presets/language-preset-use.js";
import { methodName } from "../workload.js";
import { costOfRun, type RunCost } from "./cost-of-run.js";
import { describeHours, hoursOf } from "./hours.js";
import { shapeOf } from "./known-shapes.js";
import { short } from "./short.js";

/** What a run would do. */
export interface RunPlan extends RunCost {
  readonly model: string;
  readonly methods: readonly string[];
  /** What the methods have in common. */
  readonly match: "steps" | "seconds";
  readonly preset?: PresetUse;
  readonly data: Readonly<Record<string, string>>;
  /** All methods, by machine. */
  readonly hours: Readonly<Record<string, number>>;
}

/**
 * A run's models, data, tokens, operations, memory and hours, from its configuration alone: nothing is read or fetched.
 *
 * @throws {VptError} When the model's shape is not known.
 */
export function planRun(run: RunConfig): RunPlan {
  const cost = costOfRun(shapeOf(run.model), run);
  const isPlain = (method: string): boolean =>
    ["baseline", "sft", "uniform", "self-distillation", "constant-bias"].includes(method);
  const methods = run.methods.map(methodName);
  const preset = languagePresetUse(run);
  // In the same time a method takes fewer steps: about as many operations as the baseline
  const flopsOf = (method: string): number =>
    run.match === "seconds" || isPlain(method) ? cost.flops : cost.flopsWithValue;
  const flops = methods.reduce((sum, method) => sum + flopsOf(method), 0);
  const sets = setNames.flatMap((name) => {
    if (name === "test") return testSources(run).map(([test, source]) => [test, describe(source, run)] as const);
    const source = run.data[name];
    return source ? [[name, describe(source, run)] as const] : [];
  });
  return {
    model: run.model,
    methods,
    match: run.match,
    ...(preset && { preset }),
    data: Object.fromEntries(sets),
    ...cost,
    hours: hoursOf(flops),
  };
}

/** The plan for people, in Markdown. */
export function describePlan(plan: RunPlan, where: string): string {
  const { model, training, activations } = plan.bytes;
  return [
    `# Plan of ${where}`,
    ``,
    `- Model: ${plan.model}, ${short(plan.parameters)} parameters, ${short(plan.trained)} ` +
      `${plan.adapters ? "in adapters" : "of them"} train; designer ${short(plan.designerParameters)}.`,
    `- Methods: ${plan.methods.join(", ")}${plan.match === "seconds" ? ", each in the time of the baseline" : ""}.`,
    ...(plan.preset ? presetLines(plan.preset).map((line) => `- ${line[0]!.toUpperCase()}${line.slice(1)}.`) : []),
    ...Object.entries(plan.data).map(([name, text]) => `- Data, ${name}: ${text}.`),
    `- Tokens: ${short(plan.tokensPerStep)} a step, ${short(plan.tokens)} a method.`,
    `- Operations a method: ${short(plan.flops, "FLOP")}, with a value ` +
      `${short(plan.flopsWithValue, "FLOP")} (the paper's 18.9 % more).`,
    `- Memory, estimated, float32: model ${short(model, "B")}, gradients, moments and designer ` +
      `${short(training, "B")}, activations of a micro-batch ${short(activations, "B")}.`,
    describeHours(plan.hours),
    ``,
    `Nothing was read, fetched or run.`,
  ].join("\n");
}

function describe(source: RowSource | RowSource[] | CorpusSource, run: RunConfig): string {
  if ("streaming" in source) {
    const parts = [source.streaming].flat();
    const all = parts.reduce((sum, { weight }) => sum + weight, 0);
    const texts = parts.map(
      (part) => `${nameOf(part)}${parts.length > 1 ? ` (${((100 * part.weight) / all).toFixed(0)} %)` : ""}`,
    );
    return (
      `${texts.join(" + ")}, streamed in rows of ${source.tokens} tokens, packing ` +
      `"${source.packing}"${source.maskDocuments ? " with masks" : ""}, buffer ${source.shuffleBuffer}`
    );
  }
  const texts = [source]
    .flat()
    .map((each) => ("synthetic" in each ? `synthetic ${each.synthetic}, ${each.limit} rows` : nameOf(each)));
  return (
    `${texts.join(" + ")}, rows of at most ` +
    `${source === run.data.unlabeled ? run.unlabeledTokens : run.answerTokens} tokens`
  );
}

const nameOf = ({ file, dataset, config, limit }: Exclude<RowSource, { synthetic: string }> | CorpusPart): string =>
  `${file ?? dataset}${config === undefined ? "" : `/${config}`}${limit === undefined ? "" : `, ${limit} rows`}`;
