import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { VptError } from "@vpt/core";
import { defineCommand } from "citty";
import { createProgress } from "@vpt/train";
import { type Study, type StudyResult, resultJson, studies } from "@vpt/bench/studies";

const names = Object.keys(studies).join(", ");

export const reproCommand = defineCommand({
  meta: {
    name: "repro",
    description: `Makes a table or figure again: ${names}. Example: vpt repro ablation --scale tiny --seeds 3`,
  },
  args: {
    study: { type: "positional", description: names, required: true },
    scale: {
      type: "string",
      description: "tiny: seconds to minutes on two cores; small: a real model",
      default: "tiny",
    },
    seeds: { type: "string", description: "how many seeds" },
    "first-seed": { type: "string", description: "the first of them" },
    workers: { type: "string", description: "processes that share the seeds" },
    steps: { type: "string", description: "learner steps of a method, for ablation --scale small" },
    methods: { type: "string", description: "some of its methods, with semicolons" },
    folder: {
      type: "string",
      description: "where a long study keeps what it has done; begun again, it goes on from there",
    },
    plan: { type: "boolean", description: "say what will be run and claimed, and stop" },
    from: { type: "string", description: "a NAME-SCALE.json made before: its tables again, nothing is run" },
    out: {
      type: "string",
      description: "folder for NAME-SCALE.json, .md and, where there is a figure, .svg, such as docs/evidence",
    },
    json: { type: "boolean", description: "print the result as one JSON object" },
  },
  async run({ args }) {
    const make = Object.hasOwn(studies, args.study) ? studies[args.study] : undefined;
    if (!make) throw new VptError(`repro: "${args.study}" is no study; expected one of ${names}`);
    const study = await make();
    if (!study.scales.includes(args.scale)) {
      throw new VptError(`repro ${args.study}: --scale ${args.scale}; expected one of ${study.scales.join(", ")}`);
    }
    const [seeds, workers] = [wholeNumber("seeds", args.seeds, 1), wholeNumber("workers", args.workers, 1)];
    const firstSeed = wholeNumber("first-seed", args["first-seed"], 0);
    const steps = wholeNumber("steps", args.steps, 1);
    const options = {
      scale: args.scale,
      ...(seeds !== undefined && { seeds }),
      ...(firstSeed !== undefined && { firstSeed }),
      ...(workers !== undefined && { workers }),
      ...(steps !== undefined && { steps }),
      ...(args.methods !== undefined && { methods: args.methods.split(";").map((name) => name.trim()) }),
      ...(args.folder !== undefined && { folder: args.folder }),
    };
    if (args.plan) {
      if (!study.plan) throw new VptError(`repro ${args.study}: this study has no --plan; it is short`);
      return console.log(await study.plan(options));
    }
    const run = () => study.run({ ...options, progress: createProgress() });
    const { json, text, failures, figure } = await (args.from === undefined
      ? run()
      : again(args.study, study, args.from));
    if (args.out !== undefined) {
      mkdirSync(args.out, { recursive: true });
      const path = join(args.out, `${args.study}-${args.scale}`);
      writeFileSync(`${path}.json`, resultJson(json));
      writeFileSync(`${path}.md`, `${text}\n`);
      if (figure !== undefined) writeFileSync(`${path}.svg`, figure);
    }
    console.log(args.json ? JSON.stringify(json) : text);
    if (failures.length === 0) return;
    process.exitCode = 1;
    console.error(failures.map((failure) => `does not hold: ${failure}`).join("\n"));
  },
});

function wholeNumber(name: string, given: string | undefined, least: number): number | undefined {
  if (given === undefined) return undefined;
  const value = Number(given);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new VptError(`--${name} ${given}: expected a whole number of at least ${least}`);
}

function again(name: string, study: Study, path: string): StudyResult | Promise<StudyResult> {
  if (!study.fromRows) throw new VptError(`repro ${name}: --from is not for this study; run it without`);
  if (!existsSync(path)) throw new VptError(`--from ${path}: no such file`);
  return study.fromRows(JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>);
}
