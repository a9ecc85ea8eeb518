import { omegaDomains, omegaTask } from "@vpt/eval/omega";
import { defineCommand } from "citty";
import { drawShots } from "./draw-shots.js";
import { omegaItem } from "./items.js";
import { loadOmega } from "./load-omega.js";
import { generationArgs, oneOf, wholeNumber } from "./options.js";
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
    const limit = args.limit === undefined ? undefined : wholeNumber("--limit", args.limit);
    const split = oneOf("--split", args.split, ["test_in", "test_out"]);
    const longest = args["max-new-tokens"];
    const { demonstrations, indices } = await drawShots(args, omegaItem);
    const task = omegaTask({
      demonstrations,
      answerSpan: oneOf("--answer-span", args["answer-span"], ["line", "rest"]),
      ...(longest !== undefined && { decoding: { maxNewTokens: wholeNumber("--max-new-tokens", longest) } }),
    });
    const record = await runGeneration(task, await loadOmega(args.data, split, limit), args);
    showRecord(record, args, {
      data: args.data,
      split,
      ...means(record.groups),
      ...(indices.length > 0 && { demonstrations: indices }),
    });
  },
});

/** Macro means over configurations: all of them (the headline of OMEGA), and by domain. */
function means(groups: Readonly<Record<string, { readonly value: number }>>) {
  const values = new Map<string, number[]>();
  for (const [name, { value }] of Object.entries(groups)) {
    const domain = omegaDomains[name.split("_")[0] as keyof typeof omegaDomains] ?? "other";
    values.set(domain, [...(values.get(domain) ?? []), value]);
  }
  const mean = (list: readonly number[]): number => list.reduce((sum, value) => sum + value, 0) / list.length;
  if (values.size === 0) return {};
  const domains = Object.fromEntries([...values].map(([domain, list]) => [domain, mean(list)]));
  return { macro: mean([...values.values()].flat()), domains };
}
