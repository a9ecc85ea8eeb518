import type { Gsm8kItem } from "@vpt/eval/gsm8k";
import type { MathItem } from "@vpt/eval/math";
import { gsm8kItem, mathItem } from "@vpt/eval/rows";
import { type LoadOptions, loadItems, syntheticGsm8k, syntheticMath } from "@vpt/data";
import { limitOf, type GenerationArgs } from "./options.js";

type RowArgs = Pick<GenerationArgs, "data" | "split" | "limit">;

/** The questions of GSM8K that `--data`, `--split` and `--limit` name. */
export const loadGsm8k = (args: RowArgs): Promise<Gsm8kItem[]> =>
  loadItems(args.data, gsm8kItem, loadOptionsOf(args, syntheticGsm8k));

/** The same of MATH. */
export const loadMath = (args: RowArgs): Promise<MathItem[]> =>
  loadItems(args.data, mathItem, loadOptionsOf(args, syntheticMath));

/** `--limit` and `--split` as `loadItems` takes them, and what `--data synthetic` is made by. */
export const loadOptionsOf = (args: RowArgs, synthetic: LoadOptions["synthetic"]): LoadOptions => ({
  limit: limitOf(args),
  split: args.split,
  synthetic,
});
