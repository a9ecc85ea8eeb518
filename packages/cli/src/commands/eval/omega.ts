import { VptError } from "@vpt/core";
import { drawDemonstrations } from "@vpt/eval";
import { omegaTask, summarize, type OmegaItem } from "@vpt/eval/omega";
import { defineCommand } from "citty";
import { drawShots } from "./draw-shots.js";
import { omegaItem } from "@vpt/eval/rows";
import { isFolder } from "@vpt/data";
import { loadOmega } from "./load-omega.js";
import { decodingOf, generationArgs, limitOf, oneOf, wholeNumber, type GenerationArgs } from "./options.js";
import { runGeneration } from "./run-generation.js";
import { showRecord } from "./show-record.js";

export const omegaCommand = defineCommand({
  meta: {
    name: "omega",
    description:
      "OMEGA explorative, greedy: a file, or a folder of configurations. Example: vpt eval omega --model smollm2 --data omega --split test_out",
  },
  args: {
    ...generationArgs,
    split: { type: "string", default: "test_in", description: "test_in (in distribution) or test_out; never both" },
    "answer-span": { type: "string", default: "line", description: "what counts after `Answer:`: line or rest" },
  },
  async run({ args }) {
    const split = oneOf("--split", args.split, ["test_in", "test_out"]);
    const { demonstrations, drawn } = await demonstrationsOf(args);
    const task = omegaTask({
      demonstrations,
      answerSpan: oneOf("--answer-span", args["answer-span"], ["line", "rest"]),
      decoding: decodingOf(args),
    });
    const record = await runGeneration(task, await loadOmega(args.data, split, limitOf(args)), args);
    showRecord(record, args, {
      data: args.data,
      split,
      ...(Object.keys(record.groups).length > 0 && summarize(record.groups)),
      ...(drawn && { demonstrations: drawn }),
    });
  },
});

/** `--shots` train rows of each question's own configuration, drawn once; from one file, the same for all. */
async function demonstrationsOf(args: Pick<GenerationArgs, "shots" | "demonstrations" | "seed" | "data">) {
  const count = wholeNumber("--shots", args.shots ?? "0", 0);
  if (count === 0) return { demonstrations: [] };
  const source = args.demonstrations ?? args.data;
  if (!isFolder(source)) {
    const { demonstrations, indices } = await drawShots(args, omegaItem);
    return { demonstrations, drawn: indices };
  }
  const seed = wholeNumber("--seed", args.seed, 0);
  const byConfiguration = new Map<string, OmegaItem[]>();
  for (const row of await loadOmega(source, "train")) {
    const name = row.setting_key ?? "";
    byConfiguration.set(name, [...(byConfiguration.get(name) ?? []), row]);
  }
  const drawn = new Map(
    Array.from(byConfiguration, ([name, rows]) => [name, drawDemonstrations(rows, { count, seed })]),
  );
  return {
    demonstrations: (name = ""): readonly OmegaItem[] => {
      const shown = drawn.get(name)?.demonstrations;
      if (shown) return shown;
      throw new VptError(`${source}: no train rows of the configuration "${name}" to show`);
    },
    drawn: Object.fromEntries(Array.from(drawn, ([name, { indices }]) => [name, indices])),
  };
}
