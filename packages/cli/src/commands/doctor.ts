import { doctor } from "@vpt/backend";
import { defineCommand } from "citty";

export const doctorCommand = defineCommand({
  meta: {
    name: "doctor",
    description: "Says what is in place, what is missing, and the command that brings it. Example: vpt doctor --json",
  },
  args: { json: { type: "boolean", description: "print one JSON object" } },
  async run({ args }) {
    const report = await doctor();
    if (args.json) return console.log(JSON.stringify(report, null, 2));
    for (const { name, ok, detail, fix } of report.checks) {
      console.log(`${ok ? "ok     " : "missing"}  ${name}: ${detail}${fix ? `\n         to mend it: ${fix}` : ""}`);
    }
  },
});
