import { join } from "node:path";
import type { EvalCommand, StudyCommand } from "./study-command.js";
import {
  languageScales,
  qwen25,
  qwen25Settings,
  type LanguageScale,
  type ScaleName,
  type StudyModel,
} from "./language-scale.js";

/** A run of a study beside others: what it sets, which of its methods are exported and asked, and after which steps. */
export interface StudyVariant {
  readonly name: string;
  /** What the tables call it; its name by default. */
  readonly label?: string;
  readonly set: readonly string[];
  readonly methods: readonly ("baseline" | "value")[];
  /** The last step alone by default. */
  readonly steps?: readonly number[];
  /** As many steps as a baseline does in the time that the designer of the first variant took. */
  readonly isTimed?: boolean;
}
/** A language study: which models, and what is asked of the methods. */
export interface LanguageStudySpec {
  readonly title: string;
  /** The paper's own numbers, for the table's foot. */
  readonly paper: string;
  /** Commands after a method was exported to `model`; `stem` is a file name of its own. */
  asked(files: StudyFiles, model: string, stem: string, scale: LanguageScale): readonly EvalCommand[];
  readonly models?: (scale: ScaleName) => readonly StudyModel[];
  /** One rate in place of the scale's sweep. */
  readonly rate?: (scale: ScaleName) => number;
  /** Train on the stream without what repeats the benchmark. */
  readonly decontaminated?: boolean;
  /** One run of both methods by default. */
  readonly variants?: (scale: ScaleName) => readonly StudyVariant[];
  /** What differs from the scale's own settings. */
  readonly settings?: (scale: ScaleName) => Partial<LanguageScale>;
  /** Left out where a shorter study of that name stands at tiny scale. */
  readonly scales?: readonly ScaleName[];
}
/** Files that the commands read. */
export interface StudyFiles {
  readonly test: string;
  /** MMLU's folder, `test/SUBJECT_test.csv`, or a file of rows with a `subject`. */
  readonly mmlu: string;
  /** Folder of OMEGA's configurations; absent where it is not at hand. */
  readonly omega?: string;
  readonly stream: string;
  /** What a decontaminated stream must not repeat: evaluation and feedback sources by name. */
  readonly against: Readonly<Record<string, string>>;
}

const first = (scale: ScaleName): readonly StudyModel[] => languageScales[scale].models.slice(0, 1);
const middle = (scale: ScaleName): readonly StudyModel[] => languageScales[scale].models.slice(-2).slice(0, 1);
const gsm8k = (files: StudyFiles, model: string, stem: string, scale: LanguageScale): EvalCommand => ({
  part: "gsm8k",
  model,
  data: files.test,
  limit: scale.questions,
  newTokens: scale.newTokens,
  out: `${stem}.gsm8k.jsonl`,
});
const omega = (model: string, stem: string, folder: string, scale: LanguageScale): EvalCommand[] =>
  ["test_in", "test_out"].map((split) => ({
    part: "omega",
    model,
    data: folder,
    split,
    limit: scale.questions,
    newTokens: scale.newTokens,
    out: `${stem}.omega-${split}.jsonl`,
  }));

const both: StudyVariant = { name: "", label: "equal steps", set: [], methods: ["baseline", "value"] };
const alone = (method: "baseline" | "value", name: string, ...set: readonly string[]): StudyVariant => ({
  name,
  set: [`methods=["${method}"]`, ...set],
  methods: [method],
});
/** Steps after which Figure 2 asks: ten times in a run. */
const asksAfter = ({ steps }: LanguageScale): number[] => Array.from({ length: 10 }, (_, i) => ((i + 1) * steps) / 10);

/** The studies by name. */
export const languageStudies = {
  "main-language": {
    title: "Main table, language: GSM8K after continued pretraining",
    paper: "GSM8K pass@1, %: Qwen1.5-0.5B 19.15 → 22.67, 4B 56.48 → 58.98, 7B 65.26 → 66.17 (v1 table 1)",
    asked: (...given) => [gsm8k(...given)],
    // Matched by steps, and by wall clock
    variants: () => [both, { ...alone("baseline", "wall-clock"), label: "equal seconds", isTimed: true }],
  },
  qwen25: {
    title: "Qwen2.5-0.5B, one run",
    paper: "Qwen2.5-0.5B 22.20 → 29.60 (v2 table 1)",
    models: (scale) => (scale === "paper" ? [qwen25] : first(scale)),
    settings: (scale) => (scale === "paper" ? qwen25Settings : {}),
    rate: (scale) => (scale === "paper" ? 1.5e-5 : languageScales[scale].rates.at(-1)!),
    asked: (...given) => [gsm8k(...given)],
  },
  "transfer-language": {
    title: "Transfer, language: MMLU and OMEGA after the same training",
    paper:
      "MMLU acc, %: 0.5B 38.08 → 35.01, 4B 53.32 → 53.51, 7B 58.81 → 58.68 (v1 table 2); OMEGA: gains " +
      "in several categories out of distribution",
    rate: (scale) => languageScales[scale].rates.at(-1)!,
    asked: (files, model, stem, scale) => [
      { part: "mmlu", model, data: files.mmlu, subjects: scale.mmluSubjects, out: `${stem}.mmlu.jsonl` },
      ...(files.omega === undefined ? [] : omega(model, stem, files.omega, scale)),
    ],
  },
  "feedback-size": {
    title: "Feedback size",
    paper: "figure 3 left, read off the chart: 1k 57.4, 2k 58.2, 3k 58.2 % on GSM8K",
    scales: ["small", "paper"],
    models: middle,
    rate: (scale) => languageScales[scale].rates.at(-1)!,
    variants: (scale) => [
      alone("baseline", "baseline"),
      ...[1, 2, 3].map((times) => {
        const rows = times * (scale === "paper" ? 1024 : 128);
        return alone("value", `feedback-${rows}`, `data.feedback.limit=${rows}`);
      }),
    ],
    asked: (...given) => [gsm8k(...given)],
  },
  tokens: {
    title: "Tokens, with and without burn-in",
    paper: "figure 2 left: 56.18 % on GSM8K after 400 steps with the value, 56.22 % after 1,000 without",
    scales: ["small", "paper"],
    models: middle,
    rate: (scale) => languageScales[scale].rates.at(-1)!,
    variants: (scale) => {
      const steps = asksAfter(languageScales[scale]);
      const kept = [`saveEvery=${steps[0]}`, `keepCheckpoints=${steps.length}`];
      return [
        { ...alone("baseline", "baseline", ...kept), steps },
        { ...alone("value", "value", ...kept, "value.burnInSteps=0"), steps },
        { ...alone("value", "value-burn-in", ...kept, `value.burnInSteps=${steps[0]}`), steps },
      ];
    },
    asked: (...given) => [gsm8k(...given)],
  },
  decontam: {
    title: "The stream without what repeats a benchmark or the feedback",
    paper: "Qwen1.5-4B: 56.7 baseline, 57.5 value (v1 §4.5)",
    models: middle,
    rate: (scale) => languageScales[scale].rates.at(-1)!,
    decontaminated: true,
    asked: (...given) => [gsm8k(...given)],
  },
  passk: {
    title: "Pass@k",
    paper: "the value is at or above the baseline at every k in 1, 2, 4, 8, 16 (figure 3, right; no table)",
    models: middle,
    rate: (scale) => languageScales[scale].rates.at(-1)!,
    asked: (files, model, stem, { questions, newTokens }) => [
      {
        part: "passk",
        model,
        data: files.test,
        limit: questions,
        newTokens,
        samples: questions > 1000 ? 32 : 4,
        ks: questions > 1000 ? [1, 2, 4, 8, 16] : [1, 2, 4],
        out: `${stem}.passk.jsonl`,
      },
    ],
  },
} as const satisfies Readonly<Record<string, LanguageStudySpec>>;

/** What a study runs with at a scale. */
export const settingsOf = (spec: LanguageStudySpec, name: ScaleName): LanguageScale => ({
  ...languageScales[name],
  ...spec.settings?.(name),
});
export const variantsOf = (spec: LanguageStudySpec, name: ScaleName): readonly StudyVariant[] =>
  spec.variants?.(name) ?? [both];

/** Every command of a study at a scale, in order; results go below `folder`. */
export function studyCommands(
  spec: LanguageStudySpec,
  name: ScaleName,
  folder: string,
  files: StudyFiles,
): StudyCommand[] {
  const scale = settingsOf(spec, name);
  const rates = spec.rate ? [spec.rate(name)] : scale.rates;
  const kept = join(folder, "kept.jsonl");
  const rows = { file: kept, question: "question", answer: "answer" };
  const stream = name === "paper" ? { streaming: rows, tokens: 1024 } : { ...rows, limit: 64_000 };
  const common = spec.decontaminated ? [`data.unlabeled=${JSON.stringify(stream)}`] : [];
  const runs = (spec.models ?? (() => scale.models))(name).flatMap((model) =>
    rates.flatMap((rate) =>
      variantsOf(spec, name).flatMap((variant) =>
        variantCommands({ spec, scale, files, folder, common }, { model: model.name, rate, variant }),
      ),
    ),
  );
  if (!spec.decontaminated) return runs;
  return [{ part: "decontaminate", stream: files.stream, against: files.against, out: kept }, ...runs];
}

interface StudyContext {
  readonly spec: LanguageStudySpec;
  readonly scale: LanguageScale;
  readonly files: StudyFiles;
  readonly folder: string;
  /** `--set` of every run. */
  readonly common: readonly string[];
}

/** One run, and what is asked of each of its methods. */
function variantCommands(
  { spec, scale, files, folder, common }: StudyContext,
  { model, rate, variant }: { readonly model: string; readonly rate: number; readonly variant: StudyVariant },
): StudyCommand[] {
  const stem = join(folder, `${model.replaceAll("/", "--")}-${rate}`);
  const run = variant.name === "" ? stem : `${stem}-${variant.name}`;
  const asked = variant.methods.flatMap((method) =>
    (variant.steps ?? [undefined]).flatMap((step): StudyCommand[] => {
      const label = step === undefined ? method : `${method}-${step}`;
      const exported = join(run, "models", label);
      return [
        { part: "export", run, method, ...(step !== undefined && { step }), out: exported },
        ...spec.asked(files, exported, join(run, label), scale),
      ];
    }),
  );
  const train: StudyCommand = {
    part: "train",
    config: scale.config,
    out: run,
    set: [`model=${model}`, `learner.learningRate=${rate}`, ...common, ...variant.set],
    about: { model, rate, variant: variant.label ?? variant.name },
    ...(variant.isTimed && { matchTo: stem }),
  };
  return [train, ...asked];
}
