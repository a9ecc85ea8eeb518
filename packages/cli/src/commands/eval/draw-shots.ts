import { VptError } from "@vpt/core";
import { drawDemonstrations } from "@vpt/eval";
import { hasSplits, loadItems, type ParseRow } from "@vpt/data";
import { wholeNumber, type GenerationArgs } from "./options.js";

/** What a preset shows where `--shots` does not say. */
export interface PresetShots {
  readonly shots: number;
  /** Where the preset's own demonstrations are found: they are then taken in order, not drawn. */
  readonly fixed?: string | undefined;
}

/** The solved rows of `--shots`, drawn once (or a preset's own), with their places in `--demonstrations`. */
export async function drawShots<Item>(
  args: Pick<GenerationArgs, "shots" | "demonstrations" | "seed" | "data">,
  parse: ParseRow<Item>,
  { shots, fixed }: PresetShots = { shots: 0 },
): Promise<{ readonly demonstrations: readonly Item[]; readonly indices: readonly number[] }> {
  const count = args.shots === undefined ? shots : wholeNumber("--shots", args.shots, 0);
  if (count === 0) return { demonstrations: [], indices: [] };
  const file = demonstrationsFile(args, count, fixed);
  const rows = await loadItems(file, parse, { split: "train" });
  if (fixed === undefined) return drawDemonstrations(rows, { count, seed: wholeNumber("--seed", args.seed, 0) });
  if (rows.length < count) throw new VptError(`--demonstrations ${file}: has ${rows.length} rows; expected ${count}`);
  return { demonstrations: rows.slice(0, count), indices: Array.from({ length: count }, (_, i) => i) };
}

/** Rows to draw from; a folder may be the data's own, since its train split is another. */
function demonstrationsFile(
  { demonstrations: file, data }: Pick<GenerationArgs, "demonstrations" | "data">,
  count: number,
  fixed: string | undefined,
): string {
  if (file !== undefined && (file !== data || hasSplits(file))) return file;
  const which =
    fixed === undefined
      ? "a file of rows other than --data, such as the train split"
      : `the preset's ${count} own: ${fixed}`;
  throw new VptError(`--demonstrations: expected ${which}; or --shots 0`);
}
