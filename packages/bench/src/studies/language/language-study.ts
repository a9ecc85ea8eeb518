import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { VptError } from "@vpt/core";
import type { Progress } from "@vpt/train";
import type { Study } from "../study.js";
import { machineLine } from "../machine-line.js";
import type { ScaleName } from "./language-scale.js";
import {
  languageStudies,
  settingsOf,
  studyCommands,
  variantsOf,
  type LanguageStudySpec,
  type StudyCommand,
  type StudyFiles,
} from "./language-studies.js";
import { planLanguage } from "./plan-language.js";
import { formatParts } from "./describe-parts.js";
import { writeTinyFiles } from "./tiny-files.js";
import { relativePaths } from "./relative-paths.js";

/** The study of that name. */
export const languageStudyOf = (name: string): Study =>
  languageStudy(name, languageStudies[name as keyof typeof languageStudies]);

const filesOf = (scale: ScaleName, folder: string): StudyFiles => {
  const data = process.env["VPT_DATA"] ?? "../shared/data";
  if (scale === "tiny")
    return {
      test: join(folder, "test.jsonl"),
      mmlu: join(folder, "mmlu.jsonl"),
      stream: join(folder, "stream.jsonl"),
      omega: join(folder, "omega"),
    };
  const omega = join(data, "omega");
  const stream = scale === "small" ? `${data}/math/test.jsonl` : `${data}/numina/train.jsonl`;
  return {
    test: `${data}/gsm8k/test.jsonl`,
    mmlu: `${data}/mmlu_stem/test.jsonl`,
    stream,
    ...((scale === "paper" || existsSync(omega)) && { omega }),
  };
};

/** A study as a list of `vpt` commands, each run once: its JSON is kept in the folder, and a study begun again goes on from there. */
const languageStudy = (name: string, spec: LanguageStudySpec): Study => {
  const setting = (scaleName: string, folder = `runs/${name}-${scaleName}`) => {
    const known = scaleName as ScaleName;
    const files = filesOf(known, folder);
    const scale = settingsOf(spec, known);
    const variants = variantsOf(spec, known);
    const models = (spec.models ?? (() => scale.models))(known);
    const rates = spec.rate ? [spec.rate(known)] : scale.rates;
    return {
      known,
      folder,
      files,
      scale,
      models,
      rates,
      variants,
      commands: studyCommands(spec, known, folder, files),
    };
  };
  return {
    scales: spec.scales ?? ["tiny", "small", "paper"],
    plan: ({ scale, folder }) => planLanguage(spec, scale as ScaleName, setting(scale, folder)),
    async run({ scale, folder: given, progress }) {
      const { known, folder, files, commands } = setting(scale, given);
      const began = performance.now();
      mkdirSync(folder, { recursive: true });
      if (known === "tiny") await writeTinyFiles(files);
      const missing = [files.test, ...(spec.decontaminated ? [files.stream] : [])].find((file) => !existsSync(file));
      if (missing !== undefined)
        throw new VptError(`repro ${name}: ${missing}: no such file; set VPT_DATA to the folder that holds it`);
      const parts: { readonly part: string; readonly args: readonly string[]; readonly json: unknown }[] = [];
      for (const [i, command] of commands.entries()) {
        progress.log(`${i + 1}/${commands.length}: vpt ${command.args.slice(0, 2).join(" ")}`);
        const settled = settle(command);
        parts.push({ ...settled, json: await once(settled, join(folder, `${i}.${command.part}.json`), progress) });
      }
      const minutes = (performance.now() - began) / 60_000;
      const json = { study: name, scale, machine: machineLine(), minutes, parts: relativePaths(parts, folder) };
      return { json, text: formatParts(spec, json), failures: [] };
    },
  };
};

/** A timed run gets its steps when the run that it is matched to is over. */
function settle({ part, args, matchTo }: StudyCommand): StudyCommand {
  if (matchTo === undefined) return { part, args };
  const { steps, methods } = JSON.parse(readFileSync(join(matchTo, "summary.json"), "utf8")) as {
    readonly steps: number;
    readonly methods: readonly { readonly method: string; readonly seconds: number }[];
  };
  const seconds = (name: string): number => methods.find(({ method }) => method === name)!.seconds;
  const matched = Math.max(1, Math.round((steps * seconds("value")) / seconds("baseline")));
  return { part, args: [...args, "--set", `steps=${matched}`] };
}

/** The JSON of a command, from its file when it was run before. */
async function once({ args }: StudyCommand, file: string, progress: Progress): Promise<unknown> {
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8"));
  const json = await new Promise<string>((resolve, reject) => {
    const child = spawn(process.execPath, [process.argv[1]!, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    let [out, notes] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => {
      notes = (notes + chunk.toString()).slice(-2000);
      progress.setStatus(notes.trim().split("\n").at(-1)!);
    });
    child.on("close", (code) =>
      code === 0 ? resolve(out) : reject(new VptError(`vpt ${args.join(" ")} ended with ${code}: ${notes.trim()}`)),
    );
  });
  const value: unknown = JSON.parse(json.slice(json.indexOf("{")));
  writeFileSync(file, `${JSON.stringify(value)}\n`);
  return value;
}
