import { VptError } from "@vpt/core";
import { compareRecords, describeComparison } from "@vpt/eval";
import { defineCommand } from "citty";

export const compareCommand = defineCommand({
  meta: {
    name: "compare",
    description: "Two record files on the same items, paired. Example: vpt eval compare value.jsonl baseline.jsonl",
  },
  args: {
    metric: { type: "string", description: "the first file's primary metric by default" },
    json: { type: "boolean", description: "print one JSON object" },
  },
  async run({ args }) {
    const [first, second, ...more] = args._;
    if (first === undefined || second === undefined || more.length > 0)
      throw new VptError("eval compare: expected two record files, as --out writes them");
    const result = await compareRecords(first, second, args.metric === undefined ? {} : { metric: args.metric });
    console.log(args.json ? JSON.stringify(result) : describeComparison(result));
  },
});
