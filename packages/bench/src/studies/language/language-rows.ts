import type { EvalCommand, StudyCommand, TrainCommand } from "./study-command.js";

/** A share of questions with its 95 % interval. */
export interface Score {
  readonly value: number;
  readonly ci95: readonly [number, number];
  /** Questions. */
  readonly n: number;
}

/** One line of a language study's table: a method of a run, or the model before it. */
export interface LanguageRow {
  readonly model: string;
  readonly rate: number;
  /** Which of the study's runs: `equal steps`, `equal seconds`, …; empty before training. */
  readonly variant: string;
  readonly method: string;
  /** Steps taken. */
  readonly steps?: number;
  readonly nll?: number;
  readonly seconds?: number;
  /** By what the column is called. */
  readonly scores: Readonly<Record<string, Score>>;
}

/** What a run of `vpt train` leaves for the table. */
export interface TrainOutcome {
  readonly steps: number;
  readonly before: number;
  readonly methods: readonly { readonly method: string; readonly seconds: number; readonly nll: number }[];
}

/** What a command of a study gave, by its kind. */
export type Outcome = TrainOutcome | { readonly scores: Readonly<Record<string, Score>> } | undefined;

/** The table's lines from the commands of a study and what each gave. */
export function languageRows(done: readonly { readonly command: StudyCommand; readonly outcome: Outcome }[]) {
  const rows: LanguageRow[] = [];
  const asked = done.flatMap(({ command, outcome }) =>
    outcome && "scores" in outcome ? [{ command: command as EvalCommand, ...outcome }] : [],
  );
  const scoresOf = (model: string): LanguageRow["scores"] =>
    Object.assign({}, ...asked.filter(({ command }) => command.model === model).map(({ scores }) => scores)) as never;
  for (const [i, { command, outcome }] of done.entries()) {
    if (command.part !== "train" || !outcome || !("before" in outcome)) continue;
    const { model, rate, variant } = command.about;
    const isFirst = !rows.some((row) => row.model === model && row.rate === rate);
    if (isFirst) rows.push({ model, rate, variant: "", method: "before", nll: outcome.before, scores: {} });
    for (const { method, seconds, nll } of outcome.methods)
      for (const { step, out } of exportsOf(command, method, done.slice(i + 1)))
        rows.push({
          model,
          rate,
          variant,
          method,
          steps: step ?? outcome.steps,
          ...((step === undefined || step === outcome.steps) && { nll, seconds }),
          scores: scoresOf(out),
        });
  }
  return rows;
}

const exportsOf = (run: TrainCommand, method: string, later: readonly { readonly command: StudyCommand }[]) =>
  later.flatMap(({ command }) =>
    command.part === "export" && command.run === run.out && command.method === method ? [command] : [],
  );
