import { writeFileSync } from "node:fs";
import { loadItems } from "@vpt/data";
import { readProblems } from "@vpt/data/parquet";
import { createDecontaminator } from "@vpt/eval/decontaminate";
import { textOf } from "@vpt/eval/rows";
import type { Progress } from "@vpt/train";
import type { DecontaminateCommand } from "./study-command.js";

/** Writes the rows of a stream that repeat no question of a benchmark. */
export async function decontaminateStream({ stream, test, out }: DecontaminateCommand, progress: Progress) {
  const questions = await loadItems(test, (row) => textOf(row, "question", "problem", "instruction"));
  const decontaminator = createDecontaminator({ test: questions }, {});
  const rows: object[] = [];
  for await (const row of readProblems(stream, { split: "train" })) {
    decontaminator.keep({ text: row.question });
    rows.push(row);
  }
  const { kept, removed } = decontaminator.report();
  writeFileSync(out, kept.map((i) => `${JSON.stringify(rows[i])}\n`).join(""));
  progress.log(`stream: ${rows.length} rows, ${removed.length} repeat the test, ${kept.length} stay`);
}
