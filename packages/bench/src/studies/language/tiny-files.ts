import { appendFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { syntheticMmlu, syntheticOmega, templatedProblems, templatedStream } from "@vpt/data";
import type { StudyFiles } from "./language-studies.js";

/**
 * The files of a tiny study: templated test problems, four-choice questions from them, boxed ones in the layout of
 * OMEGA, and a stream into which eight of them leaked.
 */
export async function writeTinyFiles({ test, mmlu, stream, omega }: StudyFiles): Promise<void> {
  const problems = [...templatedProblems(0, 24, { split: "test" })];
  const rows: { question: string; answer: string }[] = problems.slice(0, 8);
  const source = templatedStream(0);
  while (rows.length < 160) rows.push((await source.next())!);
  const numberOf = (answer: string): number => Number(/-?\d+(?!.*\d)/s.exec(answer)?.[0] ?? 0);
  write(
    test,
    problems.map(({ question, answer }) => ({ question, answer: `${answer}\n#### ${numberOf(answer)}` })),
  );
  write(mmlu, syntheticMmlu({ count: 24, split: "test" }));
  if (omega !== undefined) rmSync(omega, { recursive: true, force: true });
  for (const split of omega === undefined ? [] : ["test_in", "test_out"])
    for (const row of syntheticOmega({ count: 12, split })) {
      const folder = join(omega!, String(row["setting_key"]));
      mkdirSync(folder, { recursive: true });
      appendFileSync(join(folder, `${split}.jsonl`), `${JSON.stringify(row)}\n`);
    }
  write(stream, rows);
}

const write = (path: string, rows: readonly object[]): void =>
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
