import { formatPrompt, type Gsm8kPromptOptions } from "../gsm8k.js";
import { evaluateNll, nllTask, rollingWindows, type NllRequest } from "../nll.js";
import { gsm8kItem, textOf, type Row } from "../rows.js";
import { needed, readOptions, splitOf, type BenchmarkOptions, type OpenBenchmark } from "./open-benchmark.js";

/** Options of {@link openNll}; the layout is that of the prompt `Question: …\n Answer: `. */
export interface NllOptions extends BenchmarkOptions, Pick<Gsm8kPromptOptions, "newlineBlank" | "answerBlank"> {
  /** Count an end token after each answer. Default false. */
  readonly appendEos?: boolean | undefined;
  /** Field of whole texts, which are scored in windows of the model's context; answers to questions by default. */
  readonly text?: string | undefined;
  /** Tokens of context that a further window of a text sees; default 1. */
  readonly overlap?: number | undefined;
}

/**
 * Opens the teacher-forced negative log-likelihood of answers, or of whole texts. `details` holds `nllPerToken`,
 * `ci95`,
 * `tokens`, `sum` and the ratios of `nllTask`.
 *
 * @example
 * ```ts
 * import { benchmarkRows } from "@vpt/data";
 * import { openNll } from "@vpt/eval/benchmarks";
 * import { languageEvaluator } from "@vpt/lang/evaluation";
 *
 * const nll = await openNll({ rows: benchmarkRows("wiki.jsonl"), text: "text" });
 * const { details } = await nll.run(languageEvaluator(model));
 * ```
 * @category benchmarks
 */
export async function openNll(options: NllOptions): Promise<OpenBenchmark> {
  const { rows, split, text, appendEos = false, overlap = 1, newlineBlank = true, answerBlank = "prompt" } = options;
  const layout = { newlineBlank, answerBlank };
  const request = (row: Row): NllRequest => {
    if (text !== undefined) return { text: textOf(row, text) };
    const item = gsm8kItem(row);
    return { prompt: formatPrompt(item, layout), text: `${answerBlank === "answer" ? " " : ""}${item.answer}` };
  };
  const items = await rows.read(request, readOptions(options));
  const task = nllTask<NllRequest>({
    protocol: text === undefined ? "answer" : "rolling",
    request: (item) => item,
    settings: text === undefined ? { appendEos, ...layout } : { field: text, overlap },
  });
  return {
    async run({ nllScorer }, run = {}) {
      const windows = (tokens: number, context: number) => rollingWindows(tokens, { context, overlap });
      const scorer = needed("nll", "nllScorer", nllScorer)({ appendEos, windows });
      const record = await evaluateNll(task, items, scorer, run);
      const total = (key: "sum" | "tokens") => record.perItem.reduce((sum, { metrics }) => sum + metrics[key]!, 0);
      const values = Object.fromEntries(Object.entries(record.metrics).map(([key, { value }]) => [key, value]));
      const { nll, ...ratios } = values;
      const totals = { tokens: total("tokens"), sum: total("sum") };
      return {
        record,
        split: splitOf(rows, split),
        details: { data: rows.name, nllPerToken: nll!, ci95: record.metrics["nll"]!.ci95, ...totals, ...ratios },
      };
    },
  };
}
