import { EvalInputError } from "../../errors.js";
import { drawDemonstrations } from "../../runner/task.js";
import type { Row } from "../rows.js";
import type { RowSource, ShotOptions } from "./open-benchmark.js";

/** What a preset shows where the options do not say. */
export interface PresetShots {
  readonly shots: number;
  /** Where the preset's own demonstrations are found: they are then taken in order, not drawn. */
  readonly fixed?: string;
}

/** Solved rows, with their places in the source they come from. */
export interface Shots<Item> {
  readonly demonstrations: readonly Item[];
  readonly indices: readonly number[];
}

/** Draws the solved rows of `shots` once, or takes a preset's own in order. */
export async function drawShots<Item>(
  benchmark: string,
  { rows, shots, demonstrations, seed = 0 }: ShotOptions & { readonly rows: RowSource },
  parse: (row: Row) => Item,
  preset: PresetShots = { shots: 0 },
): Promise<Shots<Item>> {
  const count = shots ?? preset.shots;
  if (count === 0) return { demonstrations: [], indices: [] };
  const source = demonstrations ?? (preset.fixed === undefined && rows.hasSplits ? rows : undefined);
  if (source === undefined || (source.name === rows.name && !source.hasSplits))
    throw new EvalInputError({
      where: `${benchmark}: demonstrations`,
      expected:
        preset.fixed === undefined
          ? "rows other than the evaluated ones, such as the train split"
          : `the preset's ${count} own: ${preset.fixed}`,
      received: source === undefined ? "none" : "the evaluated rows",
      advice: "Set shots to 0 to show none",
    });
  const pool = await source.read(parse, { split: "train" });
  if (preset.fixed === undefined) return drawDemonstrations(pool, { count, seed });
  if (pool.length >= count)
    return { demonstrations: pool.slice(0, count), indices: Array.from({ length: count }, (_, i) => i) };
  throw new EvalInputError({
    where: `${benchmark}: demonstrations`,
    expected: `${count} rows`,
    received: `${pool.length} rows in ${source.name}`,
  });
}
