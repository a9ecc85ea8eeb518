import { useBackend } from "@vpt/backend";
import { VptError } from "@vpt/core";
import type { Progress } from "../progress.js";
import { acrossWorkers } from "./across-workers.js";
import type { Study, StudyResult } from "./index.js";
import { machineLine } from "./machine.js";

/** A study at tiny scale whose seeds do not know of one another. */
export interface SeedStudy<Row, Summary> {
  readonly name: string;
  /** How many by default, and the first of them. */
  readonly seeds: number;
  readonly firstSeed: number;
  /** What was fixed before the run. */
  readonly settings: Readonly<Record<string, unknown>>;
  row(seed: number, progress: Progress): Promise<Row>;
  summarize(rows: readonly Row[]): Summary;
  describe(summary: Summary & Measured): string;
}
/** What every result carries: by whom, on what, how long. */
export interface Measured {
  readonly machine: string;
  readonly backend: string;
  readonly minutes: number;
}

/** The line under a heading that says what a result was measured with. */
export const describeMeasured = ({ machine, backend, minutes }: Measured): string =>
  `${machine}; ${backend}; ${minutes.toFixed(1)} minutes.`;

/** Seeds shared out to processes of one thread each, then summed up; a process alone runs them one after another. */
export const seedStudy = <Row, Summary extends { readonly failures: readonly string[] }>(
  study: SeedStudy<Row, Summary>,
): Study => ({
  scales: ["tiny"],
  async run({ seeds: count = study.seeds, firstSeed = study.firstSeed, workers = Math.min(2, count), progress }) {
    const began = performance.now();
    const machine = machineLine(); // now: the commit may move on while it runs
    const seeds = Array.from({ length: count }, (_, i) => firstSeed + i);
    const backend = await useBackend({ device: "cpu", threads: 1, log: progress.say });
    let rows: Row[] = [];
    if (workers > 1) rows = await acrossWorkers<Row>(study.name, seeds, { workers, progress });
    else for (const seed of seeds) rows.push(await study.row(seed, progress));
    const measured = {
      study: study.name,
      scale: "tiny",
      machine,
      backend: backend.native
        ? `TensorFlow ${backend.tensorflowVersion}, one thread a process`
        : `tfjs ${backend.name}`,
      settings: study.settings,
      minutes: (performance.now() - began) / 60_000,
    };
    return conclude(study, measured, rows);
  },
  again(json) {
    const { rows, study: name } = json as { rows?: readonly Row[]; study?: unknown };
    if (name !== study.name || !Array.isArray(rows)) {
      throw new VptError(
        `repro ${study.name}: the file holds no rows of this study; give a NAME-tiny.json that --out wrote`,
      );
    }
    const { machine, backend, settings, minutes } = json as unknown as Measured & { settings: unknown };
    return conclude(study, { study: study.name, scale: "tiny", machine, backend, settings, minutes }, rows);
  },
});

function conclude<Row, Summary extends { readonly failures: readonly string[] }>(
  study: SeedStudy<Row, Summary>,
  measured: Measured & Readonly<Record<string, unknown>>,
  rows: readonly Row[],
): StudyResult {
  const summary = { ...measured, ...study.summarize(rows) };
  return { json: { ...summary, rows }, text: study.describe(summary), failures: summary.failures };
}
