import { join } from "node:path";
import { languageScales, qwen25, type LanguageScale, type ScaleName, type StudyModel } from "./language-scale.js";

/** One `vpt` command of a study; `part` names what its JSON is. */
export interface StudyCommand {
  readonly part: string;
  readonly args: readonly string[];
}
/** A language study: which models, and what is asked of the arms. */
export interface LanguageStudySpec {
  readonly title: string;
  /** The paper's own numbers, for the table's foot. */
  readonly paper: string;
  /** Commands after an arm was exported to `model`; `stem` is a file name of its own. */
  asked(files: StudyFiles, model: string, stem: string, scale: LanguageScale): readonly StudyCommand[];
  readonly models?: (scale: ScaleName) => readonly StudyModel[];
  /** One rate in place of the scale's sweep. */
  readonly rate?: (scale: ScaleName) => number;
  /** Train on the stream without what repeats the benchmark. */
  readonly decontaminated?: boolean;
}
/** Files that the commands read. */
export interface StudyFiles {
  readonly test: string;
  readonly mmlu: string;
  readonly stream: string;
}

const first = (scale: ScaleName): readonly StudyModel[] => languageScales[scale].models.slice(0, 1);
const middle = (scale: ScaleName): readonly StudyModel[] => languageScales[scale].models.slice(-2).slice(0, 1);
const gsm8k = (
  files: StudyFiles,
  model: string,
  stem: string,
  { questions, newTokens }: LanguageScale,
): StudyCommand => ({
  part: "gsm8k",
  args: ["eval", "gsm8k", "--model", model, "--data", files.test, "--limit", `${questions}`, "--max-new-tokens", `${newTokens}`, "--out", `${stem}.gsm8k.jsonl`, "--json"], // prettier-ignore
});

/** The studies by name. */
export const languageStudies = {
  "main-language": {
    title: "Main table, language: GSM8K after continued pretraining, baseline against the value",
    paper: "GSM8K pass@1, %: Qwen1.5-0.5B 19.15 → 22.67, 4B 56.48 → 58.98, 7B 65.26 → 66.17 (v1 table 1)",
    asked: (...given) => [gsm8k(...given)],
  },
  qwen25: {
    title: "Qwen2.5-0.5B, one run",
    paper: "Qwen2.5-0.5B 22.20 → 29.60 (v2 table 1)",
    models: (scale) => (scale === "paper" ? [qwen25] : first(scale)),
    rate: (scale) => (scale === "paper" ? 1.5e-5 : languageScales[scale].rates.at(-1)!),
    asked: (...given) => [gsm8k(...given)],
  },
  "transfer-language": {
    title: "Transfer: MMLU after the same training",
    paper:
      "MMLU acc, %: 0.5B 38.08 → 35.01, 4B 53.32 → 53.51, 7B 58.81 → 58.68 (v1 table 2); OMEGA is asked by `vpt eval omega`",
    rate: (scale) => languageScales[scale].rates.at(-1)!,
    asked: (files, model, stem) => [
      { part: "mmlu", args: ["eval", "mmlu", "--model", model, "--data", files.mmlu, "--out", `${stem}.mmlu.jsonl`, "--json"] }, // prettier-ignore
    ],
  },
  decontam: {
    title: "The stream without what repeats the benchmark",
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
        args: ["eval", "pass-at-k", "--task", "gsm8k", "--model", model, "--data", files.test, "--limit", `${questions}`, "--max-new-tokens", `${newTokens}`, "--samples", questions > 1000 ? "32" : "4", "--ks", questions > 1000 ? "1,2,4,8,16" : "1,2,4", "--out", `${stem}.passk.jsonl`, "--json"], // prettier-ignore
      },
    ],
  },
} as const satisfies Readonly<Record<string, LanguageStudySpec>>;

/** Every command of a study at a scale, in order; results go below `folder`. */
export function studyCommands(
  spec: LanguageStudySpec,
  name: ScaleName,
  folder: string,
  files: StudyFiles,
): StudyCommand[] {
  const scale = languageScales[name];
  const rates = spec.rate ? [spec.rate(name)] : scale.rates;
  const kept = join(folder, "kept.jsonl");
  const filter: StudyCommand[] = spec.decontaminated
    ? [{ part: "decontaminate", args: ["decontaminate", files.stream, "--against", `test=${files.test}`, "--out", kept, "--json"] }] // prettier-ignore
    : [];
  const stream = { file: kept, question: "question", answer: "answer", limit: 64_000 };
  const runs = (spec.models ?? (() => scale.models))(name).flatMap((model) =>
    rates.flatMap((rate): StudyCommand[] => {
      const run = join(folder, `${model.name.replaceAll("/", "--")}-${rate}`);
      const set = [`model=${model.name}`, `learner.learningRate=${rate}`, ...(spec.decontaminated ? [`data.stream=${JSON.stringify(stream)}`] : [])]; // prettier-ignore
      const arms = ["baseline", "designer"];
      return [
        { part: "train", args: ["train", scale.config, "--out", run, "--resume", "--json", ...set.flatMap((each) => ["--set", each])] }, // prettier-ignore
        ...arms.flatMap((arm): StudyCommand[] => {
          const exported = join(run, "models", arm);
          return [
            { part: "export", args: ["export", "--run", run, "--arm", arm, "--out", exported, "--json"] },
            ...spec.asked(files, exported, join(run, arm), scale),
          ];
        }),
      ];
    }),
  );
  return [...filter, ...runs];
}
