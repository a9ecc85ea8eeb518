import { templatedProblems, templatedStream } from "@vpt/data";
import { readProblems } from "@vpt/data/parquet";
import type { QuestionAnswer } from "@vpt/lang";
import type { RowSource } from "./config.js";
import { recordFiles } from "./record-files.js";

/** The rows a source names, in its order. A bad line is an error that names the file and the line. */
export async function loadRows(source: RowSource, log?: (line: string) => void): Promise<QuestionAnswer[]> {
  if ("synthetic" in source) return templated(source);
  const { question, answer, strip, split, skip, limit = Infinity } = source;
  const files = await recordFiles(source, log);
  const pattern = strip === undefined ? undefined : new RegExp(strip, "g");
  const rows: QuestionAnswer[] = [];
  let seen = 0;
  const isNamed = question !== undefined || answer !== undefined;
  const fields = isNamed ? { question: question ?? "question", answer: answer ?? "answer" } : undefined;
  for await (const row of readProblems(files, { split, fields })) {
    if (seen++ < skip) continue;
    if (rows.length >= limit) break;
    rows.push({ question: row.question, answer: pattern ? row.answer.replace(pattern, "") : row.answer });
  }
  return rows;
}

async function templated({
  synthetic: kind,
  split,
  limit,
  seed,
}: Extract<RowSource, { synthetic: string }>): Promise<QuestionAnswer[]> {
  if (kind === "problems") return [...templatedProblems(seed, limit, { split })];
  const stream = templatedStream(seed);
  const rows: QuestionAnswer[] = [];
  while (rows.length < limit) rows.push((await stream.next())!);
  return rows;
}
