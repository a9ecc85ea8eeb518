import { VptError } from "@vpt/core";
import { drawDemonstrations } from "@vpt/eval";
import { loadItems } from "./load-items.js";
import { wholeNumber, type GenerationArgs } from "./options.js";

/** The solved rows of `--shots`, drawn once, with their places in `--demonstrations`. */
export async function drawShots<Item>(
  args: Pick<GenerationArgs, "shots" | "demonstrations" | "seed" | "data">,
  parse: (row: Readonly<Record<string, unknown>>) => Item,
): Promise<{ readonly demonstrations: readonly Item[]; readonly indices: readonly number[] }> {
  const count = wholeNumber("--shots", args.shots, 0);
  if (count === 0) return { demonstrations: [], indices: [] };
  const { demonstrations: file, data } = args;
  if (file === undefined || file === data)
    throw new VptError("--demonstrations: expected a file of rows other than --data, such as the train split");
  return drawDemonstrations(await loadItems(file, parse), { count, seed: wholeNumber("--seed", args.seed, 0) });
}
