import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { VptError } from "@vpt/core";
import type { Progress } from "@vpt/train";
import { machineLine } from "../machine-line.js";
import type { Study, StudyResult } from "../study.js";
import { decontaminateStream } from "./decontaminate-stream.js";
import { evaluateModel } from "./evaluate-model.js";
import { exportMethod } from "./export-method.js";
import { languagePage, type LanguageResult } from "./language-page.js";
import { languageRows, type Outcome } from "./language-rows.js";
import type { ScaleName } from "./language-scale.js";
import {
  languageStudies,
  settingsOf,
  studyCommands,
  variantsOf,
  type LanguageStudySpec,
  type StudyFiles,
} from "./language-studies.js";
import { planLanguage } from "./plan-language.js";
import { commandLine, type StudyCommand } from "./study-command.js";
import { writeTinyFiles } from "./tiny-files.js";
import { trainRun } from "./train-run.js";

/** The study of that name. */
export const languageStudyOf = (name: string, perform: Perform = performCommand): Study =>
  languageStudy(name, languageStudies[name as keyof typeof languageStudies], perform);

/** Runs one command of a study and returns what the table needs of it. */
export type Perform = (command: StudyCommand, progress: Progress) => Promise<Outcome>;

/** The files of a scale; a stream is not compared with itself. */
const filesOf = (scale: ScaleName, folder: string): StudyFiles => {
  const data = process.env["VPT_DATA"] ?? "../shared/data";
  if (scale === "tiny")
    return {
      test: join(folder, "test.jsonl"),
      against: { test: join(folder, "test.jsonl") },
      mmlu: join(folder, "mmlu.jsonl"),
      stream: join(folder, "stream.jsonl"),
      omega: join(folder, "omega"),
    };
  const omega = join(data, "omega");
  const stream = scale === "small" ? `${data}/math/test.jsonl` : `${data}/numina/train.jsonl`;
  const sources = {
    "gsm8k-test": `${data}/gsm8k/test.jsonl`,
    "gsm8k-train": `${data}/gsm8k/train.jsonl`,
    "math-test": `${data}/math/test.jsonl`,
    "svamp-test": `${data}/svamp/test.jsonl`,
  };
  return {
    test: sources["gsm8k-test"],
    mmlu: `${data}/mmlu`,
    stream,
    against: Object.fromEntries(Object.entries(sources).filter(([, file]) => file !== stream)),
    ...((scale === "paper" || existsSync(omega)) && { omega }),
  };
};

/** Performs a command in this process. */
export async function performCommand(command: StudyCommand, progress: Progress): Promise<Outcome> {
  switch (command.part) {
    case "train":
      return trainRun(command, progress);
    case "decontaminate":
      return decontaminateStream(command, progress).then(() => undefined);
    case "export":
      return exportMethod(command, progress).then(() => undefined);
    default:
      return { scores: await evaluateModel(command, progress) };
  }
}

function settingOf(name: string, spec: LanguageStudySpec, scale: ScaleName, folder = `runs/${name}-${scale}`) {
  const files = filesOf(scale, folder);
  const own = settingsOf(spec, scale);
  return {
    folder,
    files,
    scale: own,
    models: (spec.models ?? (() => own.models))(scale),
    rates: spec.rate ? [spec.rate(scale)] : own.rates,
    variants: variantsOf(spec, scale),
    commands: studyCommands(spec, scale, folder, files),
  };
}

/**
 * A study as a list of commands, each performed once: its result is kept in the folder, and a rerun continues from
 * there.
 */
const languageStudy = (name: string, spec: LanguageStudySpec, perform: Perform): Study => ({
  scales: spec.scales ?? ["tiny", "small", "paper"],
  plan: ({ scale, folder }) =>
    planLanguage(spec, scale as ScaleName, settingOf(name, spec, scale as ScaleName, folder)),
  async run({ scale, folder: given, progress }) {
    const { folder, files, commands } = settingOf(name, spec, scale as ScaleName, given);
    const began = performance.now();
    const machine = machineLine(); // now: the commit may move on while it runs
    mkdirSync(folder, { recursive: true });
    if (scale === "tiny") await writeTinyFiles(files);
    const missing = [files.test, ...commands.flatMap(inputsOf)].find((file) => !existsSync(file));
    if (missing !== undefined)
      throw new VptError(`repro ${name}: ${missing}: no such file; set VPT_DATA to the folder that holds it`);
    const done: { readonly command: StudyCommand; readonly outcome: Outcome }[] = [];
    for (const [i, command] of commands.entries()) {
      progress.log(`${i + 1}/${commands.length}: ${commandLine(command).slice(0, 2).join(" ")}`);
      const file = join(folder, `${i}.${command.part}.json`);
      done.push({ command, outcome: await once(file, () => perform(command, progress)) });
    }
    const minutes = (performance.now() - began) / 60_000;
    return conclude(spec, { study: name, scale, machine, minutes, rows: languageRows(done) });
  },
  fromRows(json) {
    const result = json as unknown as LanguageResult;
    if (result.study === name && Array.isArray(result.rows)) return conclude(spec, result);
    throw new VptError(`repro ${name}: the file holds no rows of this study; give a NAME-SCALE.json that --out wrote`);
  },
});

/** Files and folders that must be there before a study begins. */
const inputsOf = (command: StudyCommand): string[] => {
  if (command.part === "decontaminate") return [command.stream, ...Object.values(command.against)];
  return "data" in command ? [command.data] : [];
};

const conclude = (spec: LanguageStudySpec, result: LanguageResult): StudyResult => ({
  json: { ...result },
  text: languagePage(spec, result),
  failures: [],
});

/** The outcome of a command, from its file when it was performed before. */
async function once(file: string, perform: () => Promise<Outcome>): Promise<Outcome> {
  if (existsSync(file)) return (JSON.parse(readFileSync(file, "utf8")) as { readonly outcome?: Outcome }).outcome;
  const outcome = await perform();
  writeFileSync(file, `${JSON.stringify({ outcome })}\n`);
  return outcome;
}
