import { VptError } from "@vpt/core";
import type { SeedJob, SeedMessage } from "./fork-seeds.js";
import { loadStudy } from "./load-study.js";

// One of the processes that forkSeeds starts: runs a study on the seeds of the job it receives and sends their rows.
// What the study claims is judged by the parent, over the rows of all processes.
const send = (message: SeedMessage): void => void process.send!(message);

process.once("message", (job: SeedJob) => void run(job).finally(() => process.disconnect()));

async function run({ study: name, seeds, module, ...options }: SeedJob): Promise<void> {
  const status = (line: string): void => send({ status: line });
  try {
    const study = await loadStudy(name, module);
    const progress = { setStatus: status, log: status };
    const { json } = await study.run({
      ...options,
      seeds: seeds.length,
      firstSeed: seeds[0]!,
      workers: 1,
      progress,
    });
    send({ rows: json["rows"] as readonly unknown[] });
  } catch (error) {
    if (!VptError.isInstance(error)) console.error(error);
    send({ error: error instanceof Error ? error.message : String(error) });
  }
}
