import { VptError } from "@vpt/core";
import { defineCommand } from "citty";
import { describeRun, readRun, writeReport } from "@vpt/report";

export const reportCommand = defineCommand({
  meta: {
    name: "report",
    description: "Writes report.html for one or more run folders. Example: vpt report runs/a runs/b --out runs",
  },
  args: {
    out: { type: "string", description: "folder for report.html; the first run's by default" },
    json: { type: "boolean", description: "print the summaries as one JSON array" },
  },
  async run({ args }) {
    const folders = args._;
    const [first] = folders;
    if (first === undefined)
      throw new VptError("report: expected at least one run folder, such as vpt report runs/quickstart");
    const report = await writeReport(folders, args.out ?? first);
    const summaries = folders.map((folder) => readRun(folder).summary);
    console.log(
      args.json
        ? JSON.stringify({ report, summaries })
        : `${summaries.map(describeRun).join("\n\n")}\nreport: ${report}`,
    );
  },
});
