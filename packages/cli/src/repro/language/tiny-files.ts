import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { templatedProblems, templatedStream } from "@vpt/data";
import type { StudyFiles } from "./language-studies.js";

/** The files of a tiny study: templated test problems, four-choice questions from them, boxed ones in the layout of OMEGA, and a stream into which eight of them leaked. */
export async function writeTinyFiles({ test, mmlu, stream, omega }: StudyFiles): Promise<void> {
  const problems = [...templatedProblems(0, 24, { split: "test" })];
  const rows: { question: string; answer: string }[] = problems.slice(0, 8);
  const source = templatedStream(0);
  while (rows.length < 160) rows.push((await source.next())!);
  const numberOf = (answer: string): number => Number(/-?\d+(?!.*\d)/s.exec(answer)?.[0] ?? 0);
  const choices = problems.map(({ question, answer }, i) => {
    const right = numberOf(answer);
    const shown = [1, 2, 3, 4].map((each) => String(right + each - 1 - (i % 4)));
    return { question, choices: shown, answer: i % 4, subject: "elementary_mathematics" };
  });
  write(test, problems.map(({ question, answer }) => ({ question, answer: `${answer}\n#### ${numberOf(answer)}` }))); // prettier-ignore
  write(mmlu, choices);
  if (omega !== undefined) {
    const folder = join(omega, "arithmetic_templated");
    mkdirSync(folder, { recursive: true });
    const asked = problems.map(({ question, answer }) => ({
      messages: [{ role: "user", content: `${question}\n\nPresent the answer in LaTex format: \\boxed{Your answer}` }],
      ground_truth: `${numberOf(answer)}`,
    }));
    write(join(folder, "test_in.jsonl"), asked.slice(0, 12));
    write(join(folder, "test_out.jsonl"), asked.slice(12));
  }
  write(stream, rows);
}

const write = (path: string, rows: readonly object[]): void =>
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
