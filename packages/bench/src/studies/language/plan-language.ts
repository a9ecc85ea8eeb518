import { short } from "@vpt/train";
import type { LanguageScale, ScaleName, StudyModel } from "./language-scale.js";
import type { LanguageStudySpec, StudyVariant } from "./language-studies.js";
import { commandLine, type StudyCommand } from "./study-command.js";

/**
 * Cost of one model at one rate, all of its runs: a step costs `2N + 4 N_trained` a token (frozen blocks have no
 * backward pass), the value method 18.9 % more (the paper's own figure, v1 table 3); an answer `2N` a token.
 */
export const costOf = (
  { parameters, trained }: StudyModel,
  scale: LanguageScale,
  variants: readonly StudyVariant[] = [{ name: "", set: [], methods: ["baseline", "value"] }],
) => {
  const tokens = scale.steps * scale.tokensPerStep;
  const methods = variants.flatMap((variant) => variant.methods.map((method) => ({ ...variant, method })));
  const runs = methods.reduce((sum, { method, isTimed }) => sum + (method === "value" || isTimed ? 1.189 : 1), 0);
  const asks = methods.reduce((sum, { steps }) => sum + (steps?.length ?? 1), 0);
  const train = tokens * (2 * parameters + 4 * trained) * runs;
  const answers = asks * scale.questions * (scale.newTokens + 128) * 2 * parameters;
  // float32: the model, gradients and two moments of what trains, the same of the designer; activations come on top
  const bytes = 4 * (parameters + 3 * trained + 4 * scale.designerParameters);
  return { tokens, flops: train + answers, bytes, hours: (train + answers) / scale.flops / 3600 };
};

/** What a study would run: models, data, tokens, operations, memory, hours, and the commands. */
export function planLanguage(
  spec: LanguageStudySpec,
  name: ScaleName,
  {
    scale,
    models,
    rates,
    commands,
    variants,
  }: {
    readonly scale: LanguageScale;
    readonly models: readonly StudyModel[];
    readonly rates: readonly number[];
    readonly commands: readonly StudyCommand[];
    readonly variants: readonly StudyVariant[];
  },
): string {
  const rows = models.map((model) => ({ model, ...costOf(model, scale, variants) }));
  const total = rows.reduce((sum, { hours }) => sum + hours * rates.length, 0);
  return [
    `# ${spec.title} (${name})`,
    ``,
    `Paper: ${spec.paper}.`,
    `Data: ${scale.data}.`,
    `Learning rates: ${rates.join(", ")}. Runs of each model at each rate: ` +
      `${variants.map(describeVariant).join("; ")}.`,
    ``,
    "| model | parameters | that train | stream tokens a method | operations, all runs | memory " +
      "before activations | hours a rate |",
    `| --- | --- | --- | --- | --- | --- | --- |`,
    ...rows.map(
      ({ model, tokens, flops, bytes, hours }) =>
        `| ${model.name} | ${short(model.parameters)} | ${short(model.trained)} | ${short(tokens)} | ` +
        `${short(flops, "FLOP")} | ${short(bytes, "B")} | ${hours.toPrecision(2)} |`,
    ),
    ``,
    `Hours assume ${short(scale.flops, "FLOP/s")} (${scale.machine}): an assumption, not a ` +
      `measurement. All: ${total.toPrecision(2)} h.`,
    ``,
    ...commands.map((command) => `    vpt ${shellLine(command)}`),
  ].join("\n");
}

const shellLine = (command: StudyCommand): string => {
  const isTimed = command.part === "train" && command.matchTo !== undefined;
  const steps = "steps=<steps of the baseline × seconds of the value / seconds of the baseline>";
  return [...commandLine(command), ...(isTimed ? ["--set", steps] : [])]
    .map((arg) => (/[\s{"<[]/.test(arg) ? `'${arg}'` : arg))
    .join(" ");
};

const describeVariant = ({ name, methods, steps, isTimed }: StudyVariant): string =>
  [
    `${name === "" ? "" : `${name}: `}${methods.join(", ")}`,
    ...(steps ? [`asked after ${steps.join(", ")} steps`] : []),
    ...(isTimed ? ["for as long as the value took"] : []),
  ].join(", ");
