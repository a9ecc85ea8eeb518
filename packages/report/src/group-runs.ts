import type { FinishedRun } from "./read-run.js";

/** Runs whose configurations differ in their seed alone. */
export interface RunGroup {
  /** One run a seed, in the order given. */
  readonly runs: readonly [FinishedRun, ...FinishedRun[]];
  /** Further runs of a seed that is there already; they count nowhere. */
  readonly repeated: readonly FinishedRun[];
}

/** Puts runs together that differ in nothing but their seed. */
export function groupRuns(runs: readonly FinishedRun[]): RunGroup[] {
  const groups = new Map<string, FinishedRun[]>();
  for (const run of runs) groups.set(keyOf(run), [...(groups.get(keyOf(run)) ?? []), run]);
  return [...groups.values()].map((group) => {
    const isFirst = (run: FinishedRun): boolean =>
      group.find(({ summary }) => summary.seed === run.summary.seed) === run;
    return {
      runs: group.filter(isFirst) as [FinishedRun, ...FinishedRun[]],
      repeated: group.filter((run) => !isFirst(run)),
    };
  });
}

function keyOf({ config, summary }: FinishedRun): string {
  const { kind, model, steps, backend, methods } = summary;
  const { seed: _, ...rest } = config ?? { model, steps, methods: methods.map(({ method }) => method) };
  return JSON.stringify({ kind, backend, rest });
}
