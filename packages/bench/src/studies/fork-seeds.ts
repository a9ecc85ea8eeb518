import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { VptError } from "@vpt/core";
import type { Progress } from "@vpt/train";

/** What one process runs: a study on some of its seeds. */
export interface SeedJob {
  readonly study: string;
  readonly seeds: readonly number[];
  readonly scale: string;
  readonly folder?: string;
  /** Of {@link StudyOptions}. */
  readonly module?: string;
}

/** What a process sends: how far it is, then its rows, or why it has none. */
export type SeedMessage =
  { readonly status: string } | { readonly rows: readonly unknown[] } | { readonly error: string };

/** Divides items into at most `count` runs of neighbours, as equal as they can be. */
export function divide<Item>(items: readonly Item[], count: number): Item[][] {
  const share = Math.ceil(items.length / count);
  return Array.from({ length: count }, (_, i) => items.slice(i * share, (i + 1) * share)).filter(
    (part) => part.length > 0,
  );
}

/**
 * Runs a study's seeds in `workers` forked processes and returns their rows in the order of the seeds.
 *
 * @param workerFile The module that is forked: it receives a {@link SeedJob} and sends {@link SeedMessage}s.
 * @throws {VptError} When a process fails: which seeds, and its message.
 */
export async function forkSeeds<Row>(
  job: SeedJob,
  { workers, progress }: { readonly workers: number; readonly progress: Progress },
  workerFile: string = fileURLToPath(import.meta.resolve("@vpt/bench/seed-worker")),
): Promise<Row[]> {
  const shares = divide(job.seeds, workers);
  const parts = await Promise.all(shares.map((seeds) => runShare<Row>({ ...job, seeds }, progress, workerFile)));
  return parts.flat();
}

function runShare<Row>(job: SeedJob, progress: Progress, workerFile: string): Promise<readonly Row[]> {
  const child = fork(workerFile, [], { stdio: ["ignore", "ignore", "pipe", "ipc"], serialization: "advanced" });
  let stderr = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => (stderr = (stderr + text).slice(-2000)));
  return new Promise((resolve, reject) => {
    const refuse = (why: string): void =>
      reject(new VptError(`repro ${job.study}: the process of seeds ${job.seeds.join(", ")} ${why}`));
    child.on("message", (message: SeedMessage) => {
      if ("rows" in message) resolve(message.rows as readonly Row[]);
      else if ("error" in message) refuse(`failed: ${message.error}`);
      else progress.setStatus(message.status);
    });
    child.once("error", (error) => refuse(`does not start: ${error.message}`));
    // After rows or an error this changes nothing
    child.once("close", (code) => refuse(`ended with ${code}: ${stderr.trim().split("\n").slice(-3).join(" / ")}`));
    child.send(job);
  });
}
