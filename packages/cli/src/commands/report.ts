import { VptError } from "@vpt/core";
import { defineCommand } from "citty";
import { describeFolder, writeReport } from "@vpt/report";

export const reportCommand = defineCommand({
  meta: {
    name: "report",
    description:
      "Writes report.html for one or more folders of runs or evaluations. Example: vpt report runs/a runs/b --out runs",
  },
  args: {
    out: { type: "string", description: "folder for report.html; the first run's by default" },
    json: { type: "boolean", description: "print the summaries as one JSON array" },
  },
  async run({ args }) {
    const folders = args._;
    const [first] = folders;
    if (first === undefined)
      throw new VptError("report: expected at least one folder, such as vpt report runs/quickstart");
    const report = await writeReport(folders, args.out ?? first);
    const described = folders.map(describeFolder);
    console.log(
      args.json
        ? JSON.stringify({ report, summaries: described.flatMap(({ summaries }) => summaries) })
        : `${described.map(({ text }) => text).join("\n\n")}\nreport: ${report}`,
    );
  },
});
