import { expect, it } from "vitest";
import { runProcesses } from "./run-processes.js";

const program = (source: string): string[] => [process.execPath, "-e", source];

it("returns what the first process printed, and logs what they say", async () => {
  const lines: string[] = [];
  const source = `console.error("working"); console.log(JSON.stringify({ args: process.argv.slice(1) }))`;
  const result = await runProcesses(2, "parallel", { batch: 4 }, (line) => lines.push(line), program(source));
  expect(result).toEqual({ args: ["parallel", '{"batch":4}'] });
  expect(lines).toEqual(expect.arrayContaining(["[0] working", "[1] working"]));
});

it("says why a process failed", async () => {
  const failing = program(`console.error("no torch here"); process.exit(3)`);
  await expect(runProcesses(1, "allreduce", {}, () => {}, failing)).rejects.toThrow(
    /a process of the benchmark failed/,
  );
});
