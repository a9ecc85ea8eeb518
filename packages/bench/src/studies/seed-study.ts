import { join } from "node:path";
import { useBackend } from "@vpt/backend";
import { VptError } from "@vpt/core";
import type { Progress } from "@vpt/train";
import { forkSeeds } from "./fork-seeds.js";
import type { Study, StudyResult } from "./study.js";
import { cachedResult } from "./cached-result.js";
import { describeSeeds, failureList, formatPage, type Page, type PageProse } from "./page.js";
import { machineLine } from "./machine-line.js";

/** A study whose seeds do not know of one another. */
export interface SeedStudy<Row, Summary> {
  readonly name: string;
  /** Scales that run here; tiny alone by default. */
  readonly scales?: readonly string[];
  /** Scales that are planned only. */
  readonly planned?: readonly string[];
  /** How many by default, and the first of them. */
  readonly seeds: number;
  readonly firstSeed: number;
  /** What was fixed before the run; by scale, where it has several. */
  readonly settings: Readonly<Record<string, unknown>> | ((scale: string) => Readonly<Record<string, unknown>>);
  /** Makes a seed's row; `folder` is where its run may keep what it resumes from, with `--folder`. */
  row(seed: number, progress: Progress, scale: string, folder?: string): Promise<Row>;
  summarize(rows: readonly Row[]): Summary;
  page(summary: Summary & Provenance & { readonly scale: string }): SeedStudyPage;
  /** An SVG of the summary. */
  figure?(summary: Summary): Promise<string>;
  plan?(scale: string, seeds: number): string | Promise<string>;
}
/** A page whose last two sections may be left to the study's settings and claims. */
export interface SeedStudyPage extends Pick<Page, "title" | "answer" | "body"> {
  /** What the picture shows. */
  readonly alt?: string;
  /** What the claims are, when all hold; "Nothing is asserted." by default. */
  readonly holds?: string;
}

/** What every result carries: commit and machine, backend, minutes. */
export interface Provenance {
  readonly machine: string;
  readonly backend: string;
  readonly minutes: number;
}

/** The line under a heading that says what a result was measured with. */
export const formatProvenance = ({ machine, backend, minutes }: Provenance): string =>
  `${machine[0]!.toUpperCase()}${machine.slice(1)}; ${backend}; ${minutes.toFixed(1)} minutes.`;

/** Seeds shared out to processes of one thread each, then summed up; a process alone runs them one after another. */
export const seedStudy = <Row, Summary extends { readonly failures: readonly string[] }>(
  study: SeedStudy<Row, Summary>,
): Study => ({
  scales: [...(study.scales ?? ["tiny"]), ...(study.planned ?? [])],
  plan: ({ scale, seeds = study.seeds, firstSeed = study.firstSeed }) =>
    study.plan?.(scale, seeds) ??
    [
      `${study.name}, ${scale}: seeds ${firstSeed} to ${firstSeed + seeds - 1}, shared by two ` +
        `processes of one thread; minutes on two cores, and \`--out docs/evidence\` keeps the result.`,
      `Settings: ${JSON.stringify(settingsOf(study, scale), null, 2)}`,
    ].join("\n"),
  async run({
    scale,
    seeds: count = study.seeds,
    firstSeed = study.firstSeed,
    workers = Math.min(2, count),
    folder,
    module,
    progress,
  }) {
    if (study.planned?.includes(scale))
      throw new VptError(
        `repro ${study.name}: --scale ${scale} is planned here and run as its commands; add --plan to see them`,
      );
    const began = performance.now();
    const machine = machineLine(); // now: the commit may move on while it runs
    const seeds = Array.from({ length: count }, (_, i) => firstSeed + i);
    const backend = await useBackend({ device: "cpu", threads: 1, log: progress.log });
    const settings = settingsOf(study, scale);
    const rowOf = (seed: number): Promise<Row> => {
      if (folder === undefined) return study.row(seed, progress, scale);
      const name = `${study.name}-${scale}-${seed}`;
      return cachedResult(folder, name, settings, () => study.row(seed, progress, scale, join(folder, name)));
    };
    let rows: Row[] = [];
    const job = { study: study.name, seeds, scale, ...(folder !== undefined && { folder }), ...(module && { module }) };
    if (workers > 1) rows = await forkSeeds<Row>(job, { workers, progress });
    else for (const seed of seeds) rows.push(await rowOf(seed));
    const measured = {
      study: study.name,
      scale,
      machine,
      backend: backend.native
        ? `TensorFlow ${backend.tensorflowVersion}, one thread a process`
        : `tfjs ${backend.name}`,
      settings,
      minutes: (performance.now() - began) / 60_000,
    };
    return conclude(study, measured, rows);
  },
  fromRows: (json) => concludeAgain(study, json),
});

const settingsOf = ({ settings }: Pick<SeedStudy<never, never>, "settings">, scale: string) =>
  typeof settings === "function" ? settings(scale) : settings;

interface Measured extends Provenance {
  readonly study: string;
  readonly scale: string;
  readonly settings: unknown;
  readonly prose?: PageProse;
}

/** Sums up the rows of a result that was written before. */
async function concludeAgain<Row, Summary extends { readonly failures: readonly string[] }>(
  study: SeedStudy<Row, Summary>,
  json: Readonly<Record<string, unknown>>,
): Promise<StudyResult> {
  const { rows, study: name } = json as { rows?: readonly Row[]; study?: unknown };
  if (name !== study.name || !Array.isArray(rows)) {
    throw new VptError(
      `repro ${study.name}: the file holds no rows of this study; give a NAME-SCALE.json that --out wrote`,
    );
  }
  const { scale, machine, backend, settings, minutes, prose } = json as unknown as Measured;
  const measured = { study: study.name, scale, machine, backend, settings, minutes };
  return conclude(study, { ...measured, ...(prose && { prose }) }, rows);
}

async function conclude<Row, Summary extends { readonly failures: readonly string[] }>(
  study: SeedStudy<Row, Summary>,
  measured: Measured,
  rows: readonly Row[],
): Promise<StudyResult> {
  const { study: name, scale, prose } = measured;
  const found = study.summarize(rows);
  const { alt, holds = "Nothing is asserted.", ...page } = study.page({ ...measured, ...found });
  const seeds = (found as { readonly seeds?: readonly number[] }).seeds ?? [];
  const run = `\`vpt repro ${name} --scale ${scale}\`${seeds.length > 0 ? `, ${describeSeeds(seeds)}` : ""}.`;
  const text = formatPage(
    {
      ...page,
      ...(study.figure && { figure: { alt: alt ?? page.title, file: `${name}-${scale}.svg` } }),
      run: `${run}\n\n${formatProvenance(measured)}`,
      limits: failureList(found.failures, holds),
    },
    prose,
  );
  const json = { ...measured, ...found, rows };
  return { json, text, failures: found.failures, ...(study.figure && { figure: await study.figure(found) }) };
}
