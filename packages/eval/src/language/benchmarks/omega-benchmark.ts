import { EvalInputError } from "../../errors.js";
import { drawDemonstrations } from "../../runner/task.js";
import { omegaTask, summarize, type OmegaItem, type OmegaTaskOptions } from "../omega.js";
import { omegaItem, type Row } from "../rows.js";
import { drawShots } from "./draw-shots.js";
import { generationBenchmark } from "./generation-benchmark.js";
import {
  splitOf,
  type BenchmarkOptions,
  type OpenBenchmark,
  type RowSource,
  type ShotOptions,
} from "./open-benchmark.js";

/** Options of {@link openOmega}; `limit` is a configuration's. */
export interface OmegaOptions extends BenchmarkOptions, ShotOptions, Pick<OmegaTaskOptions, "answerSpan" | "decoding"> {
  /** In distribution (the default) or out of it; never both. */
  readonly split?: "test_in" | "test_out" | undefined;
}

/**
 * Opens OMEGA: one file, or a folder with a folder for each configuration. Demonstrations are train rows of each
 * question's own configuration; from one file they are the same for all.
 *
 * @throws {EvalInputError} When demonstrations are asked for and not given.
 * @example
 * ```ts
 * import { benchmarkRows } from "@vpt/data";
 * import { openOmega } from "@vpt/eval/benchmarks";
 *
 * const omega = await openOmega({ rows: benchmarkRows("omega-explorative"), split: "test_out", shots: 2 });
 * ```
 * @category benchmarks
 */
export async function openOmega(options: OmegaOptions): Promise<OpenBenchmark> {
  const { rows, split = "test_in", answerSpan = "line", decoding = {} } = options;
  const { demonstrations, drawn } = await demonstrationsOf(options);
  return generationBenchmark({
    task: omegaTask({ demonstrations, answerSpan, decoding }),
    items: await readOmega(rows, split, options.limit),
    split: splitOf(rows, split),
    details: ({ groups }) => ({
      data: rows.name,
      split,
      ...(Object.keys(groups).length > 0 && summarize(groups)),
      ...(drawn && { demonstrations: drawn }),
    }),
  });
}

/** Reads OMEGA's rows; the name of their folder becomes their `setting_key` and goes before their id. */
export const readOmega = (rows: RowSource, split: string, limit?: number): Promise<OmegaItem[]> =>
  rows.read(
    (row: Row, configuration, index): OmegaItem => {
      const item = omegaItem(row);
      if (configuration === undefined) return item;
      return { ...item, id: `${configuration}/${item.id ?? index}`, setting_key: configuration };
    },
    { split, ...(limit !== undefined && { limit }), limitPer: "configuration" },
  );

async function demonstrationsOf(options: OmegaOptions) {
  const { rows, shots = 0, demonstrations: source = rows, seed = 0 } = options;
  if (shots === 0) return { demonstrations: [] };
  if (!source.hasSplits) {
    const { demonstrations, indices } = await drawShots("omega", options, omegaItem);
    return { demonstrations, drawn: indices };
  }
  const byConfiguration = new Map<string, OmegaItem[]>();
  for (const row of await readOmega(source, "train")) {
    const name = row.setting_key ?? "";
    const own = byConfiguration.get(name) ?? [];
    own.push(row);
    byConfiguration.set(name, own);
  }
  const drawn = new Map(
    Array.from(byConfiguration, ([name, own]) => [name, drawDemonstrations(own, { count: shots, seed })]),
  );
  return {
    demonstrations: (name = ""): readonly OmegaItem[] => {
      const shown = drawn.get(name)?.demonstrations;
      if (shown) return shown;
      throw new EvalInputError({
        where: "omega: demonstrations",
        expected: `train rows of the configuration "${name}"`,
        received: `none in ${source.name}`,
      });
    },
    drawn: Object.fromEntries(Array.from(drawn, ([name, { indices }]) => [name, indices])),
  };
}
