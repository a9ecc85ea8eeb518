import { existsSync } from "node:fs";
import { VptError } from "@vpt/core";
import { readJsonl, templatedProblems, templatedStream } from "@vpt/data";
import type { QuestionAnswer } from "@vpt/lang";
import type { RowSource } from "../config/run-config.js";

/** The rows a source names, in its order. A bad line is an error that names the file and the line. */
export async function loadRows(source: RowSource): Promise<QuestionAnswer[]> {
  if ("templated" in source) return templated(source);
  const { file, question, answer, strip, skip, limit = Infinity } = source;
  if (!existsSync(file)) throw new VptError(`${file}: no such file; paths are relative to the folder you run vpt in`);
  const pattern = strip === undefined ? undefined : new RegExp(strip, "g");
  const rows: QuestionAnswer[] = [];
  let seen = 0;
  for await (const record of readJsonl(file, { fields: [question, answer] })) {
    if (seen++ < skip) continue;
    if (rows.length >= limit) break;
    const text = record[answer] as string;
    rows.push({ question: record[question] as string, answer: pattern ? text.replace(pattern, "") : text });
  }
  return rows;
}

async function templated({
  templated: kind,
  split,
  limit,
  seed,
}: Extract<RowSource, { templated: string }>): Promise<QuestionAnswer[]> {
  if (kind === "problems") return [...templatedProblems(seed, limit, { split })];
  const stream = templatedStream(seed);
  const rows: QuestionAnswer[] = [];
  while (rows.length < limit) rows.push((await stream.next())!);
  return rows;
}
