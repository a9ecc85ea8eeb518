import { writeFileSync } from "node:fs";
import { loadItems } from "@vpt/data";
import { readProblems } from "@vpt/data/parquet";
import { createDecontaminator } from "@vpt/eval/decontaminate";
import { questionText } from "@vpt/eval/rows";
import type { Progress } from "@vpt/train";
import type { DecontaminateCommand } from "./study-command.js";

/** Writes the rows of a stream that repeat no question of the sets that it is compared with. */
export async function decontaminateStream({ stream, against, out }: DecontaminateCommand, progress: Progress) {
  const questions: Record<string, string[]> = {};
  for (const [name, file] of Object.entries(against)) questions[name] = await loadItems(file, questionText);
  const decontaminator = createDecontaminator(questions, {});
  const rows: object[] = [];
  for await (const row of readProblems(stream, { split: "train" })) {
    decontaminator.keep({ text: row.question });
    rows.push(row);
  }
  const { kept, removed } = decontaminator.report();
  writeFileSync(out, kept.map((i) => `${JSON.stringify(rows[i])}\n`).join(""));
  const names = Object.keys(against).join(", ");
  progress.log(`stream: ${rows.length} rows, ${removed.length} repeat ${names}, ${kept.length} stay`);
}
