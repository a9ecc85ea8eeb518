import type { Benchmark, BenchmarkOption } from "@vpt/bench";
import { createProgress } from "@vpt/train";
import { defineCommand, type ArgDef } from "citty";
import { oneOf, wholeNumber } from "./eval/options.js";

/** The benchmarks of `@vpt/bench` as commands; their options are declared there. */
export const benchCommand = defineCommand({
  meta: {
    name: "bench",
    description: "Timings and memory, most beside PyTorch. Example: vpt bench step --reference torch",
  },
  subCommands: async () => {
    const { benchmarks } = await import("@vpt/bench");
    return Object.fromEntries(Object.entries(benchmarks).map(([name, each]) => [name, commandOf(name, each)]));
  },
});

const outputArgs = {
  json: { type: "boolean", description: "print one JSON object" },
  out: { type: "string", description: "folder that keeps results, a file a day and machine, such as docs/benchmarks" },
} as const;

const commandOf = (name: string, { description, options, run }: Benchmark) =>
  defineCommand({
    meta: { name, description },
    args: {
      ...Object.fromEntries(Object.entries(options).map(([option, each]) => [option, argumentOf(each)])),
      ...outputArgs,
    },
    async run({ args, rawArgs }) {
      const given = args as Readonly<Record<string, string | boolean | undefined>>;
      const values = Object.entries(options).map(([option, each]) => [option, valueOf(option, each, given[option])]);
      const { result, lines } = await run(Object.fromEntries(values), createProgress());
      console.log(args.json ? JSON.stringify(result) : lines.join("\n"));
      if (args.out === undefined) return;
      const { saveResult } = await import("@vpt/bench");
      const path = await saveResult(args.out, typedCommand(name, rawArgs), result);
      if (!args.json) console.log(`kept in ${path}`);
    },
  });

const argumentOf = (option: BenchmarkOption): ArgDef => {
  const { description } = option;
  if (option.kind === "flag") return { type: "boolean", description };
  return { type: "string", description, ...(option.default !== undefined && { default: String(option.default) }) };
};

function valueOf(name: string, option: BenchmarkOption, given: string | boolean | undefined): unknown {
  if (option.kind === "flag") return given === true;
  if (given === undefined) return undefined;
  const [label, text] = [name.length === 1 ? `-${name}` : `--${name}`, String(given)];
  if (option.kind === "whole") return wholeNumber(label, text);
  if (option.kind === "wholes") return text.split(",").map((each) => wholeNumber(label, each));
  return option.kind === "choice" ? oneOf(label, text, option.choices) : text;
}

/** The command to type again: without where its result goes and which Python it uses. */
const typedCommand = (name: string, rawArgs: readonly string[]): string =>
  `vpt bench ${name} ${rawArgs.join(" ")}`.replaceAll(/ --(out|python)[= ]\S+| --json/g, "").trim();
