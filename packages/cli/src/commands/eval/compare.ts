import { VptError } from "@vpt/core";
import { compareRecords } from "@vpt/eval";
import { defineCommand } from "citty";

export const compareCommand = defineCommand({
  meta: {
    name: "compare",
    description: "Two record files on the same items, paired. Example: vpt eval compare value.jsonl baseline.jsonl",
  },
  args: {
    metric: { type: "string", description: "the first file's headline by default" },
    json: { type: "boolean", description: "print one JSON object" },
  },
  async run({ args }) {
    const [first, second, ...more] = args._;
    if (first === undefined || second === undefined || more.length > 0)
      throw new VptError("eval compare: expected two record files, as --out writes them");
    const result = await compareRecords(first, second, args.metric === undefined ? {} : { metric: args.metric });
    if (args.json) return console.log(JSON.stringify(result));
    const { metric, n, difference, mcNemar, signFlip } = result;
    const [low, high] = difference.ci95.map((value) => value.toFixed(4));
    console.log(
      [
        `${metric} over ${n} items: ${result.first.toFixed(4)} against ${result.second.toFixed(4)}`,
        `difference ${difference.value.toFixed(4)} [${low}, ${high}] (paired bootstrap), sign-flip p ${signFlip.p.toPrecision(3)}`,
        ...(mcNemar
          ? [
              `only first right ${mcNemar.onlyFirst}, only second ${mcNemar.onlySecond}; McNemar p ${mcNemar.p.toPrecision(3)}`,
            ]
          : []),
      ].join("\n"),
    );
  },
});
