import {
  loadStudy,
  readStudyResult,
  type Study,
  type StudyOptions,
  type StudyResult,
  studies,
  writeStudyResult,
} from "@vpt/bench/studies";
import { VptError } from "@vpt/core";
import { createProgress } from "@vpt/train";
import { defineCommand } from "citty";
import { wholeNumber } from "./eval/options.js";

const names = Object.keys(studies).join(", ");

const reproArgs = {
  study: { type: "positional", description: names, required: true },
  module: { type: "string", description: "file that exports studies of its own, such as ./studies/src/index.ts" },
  scale: { type: "string", description: "tiny: seconds to minutes on two cores; small: a real model", default: "tiny" },
  seeds: { type: "string", description: "how many seeds" },
  "first-seed": { type: "string", description: "the first of them" },
  workers: { type: "string", description: "processes that share the seeds" },
  steps: { type: "string", description: "learner steps of a method, for ablation --scale small" },
  methods: { type: "string", description: "some of its methods, with semicolons" },
  folder: {
    type: "string",
    description: "directory for intermediate results; rerun with the same directory to resume",
  },
  plan: { type: "boolean", description: "print what will be run and claimed, and stop" },
  from: { type: "string", description: "a NAME-SCALE.json made before: its tables again, nothing is run" },
  out: {
    type: "string",
    description: "folder for NAME-SCALE.json, .md and, where there is a figure, .svg, such as docs/evidence",
  },
  json: { type: "boolean", description: "print the result as one JSON object" },
} as const;

export const reproCommand = defineCommand({
  meta: {
    name: "repro",
    description: `Makes a table or figure again: ${names}. Example: vpt repro ablation --scale tiny --seeds 3`,
  },
  args: reproArgs,
  async run({ args }) {
    const study = await loadStudy(args.study, args.module);
    const options = optionsOf(args);
    if (args.from !== undefined) return show(args, await readStudyResult(args.study, study, args.from));
    if (!study.scales.includes(args.scale))
      throw new VptError(`repro ${args.study}: --scale ${args.scale}; expected one of ${study.scales.join(", ")}`);
    if (args.plan) return console.log(await planOf(args.study, study, options));
    return show(args, await study.run({ ...options, progress: createProgress() }));
  },
});

type ReproValues = Readonly<Partial<Record<Exclude<keyof typeof reproArgs, "plan" | "json">, string | undefined>>>;

function optionsOf(args: ReproValues): Omit<StudyOptions, "progress"> {
  const whole = (name: "seeds" | "first-seed" | "workers" | "steps", key: keyof StudyOptions, least = 1) => {
    const text = args[name];
    return text === undefined ? {} : { [key]: wholeNumber(`--${name}`, text, least) };
  };
  return {
    scale: args.scale!,
    ...whole("seeds", "seeds"),
    ...whole("first-seed", "firstSeed", 0),
    ...whole("workers", "workers"),
    ...whole("steps", "steps"),
    ...(args.methods !== undefined && { methods: args.methods.split(";").map((name) => name.trim()) }),
    ...(args.folder !== undefined && { folder: args.folder }),
    ...(args.module !== undefined && { module: args.module }),
  };
}

function planOf(name: string, study: Study, options: Omit<StudyOptions, "progress">): string | Promise<string> {
  if (study.plan) return study.plan(options);
  throw new VptError(`repro ${name}: this study has no --plan; it is short`);
}

function show(
  args: { readonly study: string; readonly out?: string | undefined; readonly json?: boolean | undefined },
  result: StudyResult,
): void {
  if (args.out !== undefined) writeStudyResult(args.out, args.study, result);
  console.log(args.json ? JSON.stringify(result.json) : result.text);
  if (result.failures.length === 0) return;
  process.exitCode = 1;
  console.error(result.failures.map((failure) => `does not hold: ${failure}`).join("\n"));
}
