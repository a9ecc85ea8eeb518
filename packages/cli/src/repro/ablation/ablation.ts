import { useBackend } from "@vpt/backend";
import { machineLine } from "../machine.js";
import { acrossWorkers } from "../across-workers.js";
import type { Study, StudyResult } from "../index.js";
import { describeAblation, summarize } from "./summarize.js";
import { runTinySeed, type SeedRow, type TinyOptions } from "./tiny-seed.js";
import { tinyParameterCount, tinySettings } from "./tiny-start.js";

/** Runs the seeds one after another in this process. */
export async function tinyRows(seeds: readonly number[], options: TinyOptions): Promise<SeedRow[]> {
  const rows: SeedRow[] = [];
  for (const seed of seeds) rows.push(await runTinySeed(seed, options));
  return rows;
}

/** Paper table 4 at the scale of two cores: does the learned target beat every control, and is it the feedback that does it? */
export const ablation: Study = {
  scales: ["tiny"],
  async run({ seeds: count = 10, firstSeed = 20, workers = Math.min(2, count), progress }): Promise<StudyResult> {
    const began = performance.now();
    const machine = machineLine(); // now: the commit may move on while it runs
    const seeds = Array.from({ length: count }, (_, i) => firstSeed + i);
    const backend = await useBackend({ device: "cpu", threads: 1, log: progress.say });
    const rows =
      workers > 1
        ? await acrossWorkers<SeedRow>("ablation", seeds, { workers, progress })
        : await tinyRows(seeds, { progress });
    const summary = {
      study: "ablation",
      scale: "tiny",
      machine,
      backend: backend.native
        ? `TensorFlow ${backend.tensorflowVersion}, one thread a process`
        : `tfjs ${backend.name}`,
      learnerParameters: tinyParameterCount(),
      settings: tinySettings,
      minutes: (performance.now() - began) / 60_000,
      ...summarize(rows),
    };
    return { json: { ...summary, rows }, text: describeAblation(summary), failures: summary.failures };
  },
};
