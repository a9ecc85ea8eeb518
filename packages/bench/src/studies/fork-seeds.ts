import { spawn } from "node:child_process";
import { VptError } from "@vpt/core";
import type { Progress } from "@vpt/train";

/**
 * Runs a study's seeds in `workers` processes, each `vpt repro` with one worker on its share, and gathers the `rows` of their JSON. A
 * failed assertion of a share (exit code 1 with a result) is not an error here: the whole is judged by the caller.
 */
export async function forkSeeds<Row>(
  study: string,
  seeds: readonly number[],
  {
    workers,
    scale = "tiny",
    folder,
    progress,
  }: {
    readonly workers: number;
    readonly scale?: string;
    readonly folder?: string | undefined;
    readonly progress: Progress;
  },
): Promise<Row[]> {
  const common = ["repro", study, "--scale", scale, ...(folder === undefined ? [] : ["--folder", folder])];
  const share = Math.ceil(seeds.length / workers);
  const shares = Array.from({ length: workers }, (_, i) => seeds.slice(i * share, (i + 1) * share)).filter(
    (part) => part.length > 0,
  );
  const parts = await Promise.all(shares.map((part) => runShare<Row>(common, part, progress)));
  return parts.flat();
}

function runShare<Row>(common: readonly string[], seeds: readonly number[], progress: Progress): Promise<Row[]> {
  const args = [
    ...common,
    "--seeds",
    String(seeds.length),
    "--first-seed",
    String(seeds[0]),
    "--workers",
    "1",
    "--json",
  ];
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1]!, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const out: string[] = [];
  const errors: string[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => out.push(text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors.push(text);
    for (const line of text.split("\n")) if (line.startsWith("seed ")) progress.setStatus(line);
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      const json = out.join("").trim().split("\n").at(-1) ?? "";
      try {
        resolve((JSON.parse(json) as { rows: Row[] }).rows);
      } catch {
        const tail = errors.join("").trim().split("\n").slice(-3).join(" / ");
        reject(
          new VptError(
            `${common.slice(0, 2).join(" ")}: the process of seeds ${seeds.join(", ")} ended with ${code}: ${tail}`,
          ),
        );
      }
    });
  });
}
