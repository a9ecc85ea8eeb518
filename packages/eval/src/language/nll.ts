import { bootstrapCounts } from "../statistics/bootstrap-counts.js";
import { checkInteger, EvalInputError } from "../errors.js";
import { evaluate, type EvaluationRecord, type RunOptions } from "../runner/evaluate.js";
import { utf8Length, words } from "./answers/python-text.js";
import type { EvalTask } from "../runner/task.js";

/**
 * What scoring one text gave: the sum of its counted tokens' negative log-likelihoods, in nats, and how many they are.
 */
export interface TextNll {
  readonly sum: number;
  readonly tokens: number;
  /** UTF-8 bytes of the scored text, for bits per byte; see {@link textSize}. */
  readonly bytes?: number;
  /** Words between blanks, for word perplexity. */
  readonly words?: number;
}

/** Token-weighted totals; fields that need bytes or words are NaN where some text did not bring them. */
export interface NllSummary {
  readonly sum: number;
  readonly tokens: number;
  /** Nats a token: sum over tokens, not the mean of per-text means. */
  readonly nll: number;
  readonly perplexity: number;
  readonly bitsPerByte: number;
  readonly bytePerplexity: number;
  readonly wordPerplexity: number;
}

/**
 * NLL and its relatives over a set of texts: `nll = Σ sum / Σ tokens`, `perplexity = exp(nll)`, `bitsPerByte = Σ sum /
 * (ln 2 · Σ bytes)`. Totals are summed before anything is divided. NaN for no tokens.
 * @throws {EvalInputError} When a sum is NaN or a token count is no count.
 * @example
 * ```ts
 * import { summarizeNll } from "@vpt/eval/nll";
 *
 * summarizeNll([{ sum: 2, tokens: 4, bytes: 10 }, { sum: 4, tokens: 2, bytes: 5 }]).nll // 1
 * ```
 * @see lm-evaluation-harness, api/metrics.py, weighted_perplexity and bits_per_byte
 * @category metric
 */
export function summarizeNll(texts: readonly TextNll[]): NllSummary {
  const total = { sum: 0, tokens: 0, bytes: 0, words: 0 };
  for (const [i, text] of texts.entries()) {
    checkInteger(`summarizeNll: texts[${i}].tokens`, text.tokens, 0);
    if (Number.isNaN(text.sum)) {
      throw new EvalInputError({ where: `summarizeNll: texts[${i}].sum`, expected: "nats", received: "NaN" });
    }
    total.sum += text.sum;
    total.tokens += text.tokens;
    total.bytes += text.bytes ?? NaN;
    total.words += text.words ?? NaN;
  }
  const { sum, tokens, bytes } = total;
  return {
    sum,
    tokens,
    nll: sum / tokens,
    perplexity: Math.exp(sum / tokens),
    bitsPerByte: sum / (Math.LN2 * bytes),
    bytePerplexity: Math.exp(sum / bytes),
    wordPerplexity: Math.exp(sum / total.words),
  };
}

/** UTF-8 bytes and blank-separated words of a text, as {@link summarizeNll} wants them. */
export const textSize = (text: string): { readonly bytes: number; readonly words: number } => ({
  bytes: utf8Length(text),
  words: words(text).length,
});

/**
 * Negative log-likelihood of one token: `ln Σ exp(logits - max) - (logits[target] - max)`, in float64. Uniform logits
 * give ln(vocabulary).
 * @throws {EvalInputError} When the target is outside the vocabulary.
 * @example
 * ```ts
 * import { tokenNll } from "@vpt/eval/nll";
 *
 * tokenNll([0, 0, 0, 0], 2) // 1.3862943611198906
 * ```
 * @category metric
 */
export function tokenNll(logits: ArrayLike<number>, target: number): number {
  checkInteger("tokenNll: target", target, 0, logits.length - 1);
  let max = -Infinity;
  for (let i = 0; i < logits.length; i++) max = Math.max(max, logits[i]!);
  let total = 0;
  for (let i = 0; i < logits.length; i++) total += Math.exp(logits[i]! - max);
  return Math.log(total) - (logits[target]! - max);
}

/**
 * One forward pass over a long text: feed tokens `[inputStart, inputEnd)`, where -1 is the prefix token, count targets
 * `[from, to)`.
 */
export interface RollingWindow {
  readonly inputStart: number;
  readonly inputEnd: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Windows that predict every token of a long text exactly once. The first conditions tokens 0..L-1 on a prefix token
 * (end of text, or BOS) and each other; later ones predict the next `L - overlap + 1` tokens and see `overlap` tokens
 * of context before them. A window's inputs are one shorter than its inputs and targets together: the last `to - from`
 * logits are the ones to count.
 *
 * @param tokens Length of the text in tokens.
 * @param options `context` L, the most inputs of one pass; `overlap` from 1 to L, default 1.
 * @example
 * ```ts
 * import { rollingWindows } from "@vpt/eval/nll";
 *
 * rollingWindows(5, { context: 3 });
 * // [{ inputStart: -1, inputEnd: 2, from: 0, to: 3 }, { inputStart: 1, inputEnd: 4, from: 3, to: 5 }]
 * ```
 * @see lm-evaluation-harness, utils.py, get_rolling_token_windows
 * @category protocol
 */
export function rollingWindows(
  tokens: number,
  options: { readonly context: number; readonly overlap?: number },
): RollingWindow[] {
  const { context, overlap = 1 } = options;
  checkInteger("rollingWindows: tokens", tokens, 0);
  checkInteger("rollingWindows: context", context, 1);
  checkInteger("rollingWindows: overlap", overlap, 1, context);
  if (tokens === 0) return [];
  const windows: RollingWindow[] = [];
  const first = Math.min(context, tokens);
  windows.push({ inputStart: -1, inputEnd: first - 1, from: 0, to: first });
  const stride = context - overlap + 1;
  for (let from = first; from < tokens;) {
    const to = Math.min(from + stride, tokens);
    windows.push({ inputStart: to - context - 1, inputEnd: to - 1, from, to });
    from = to;
  }
  return windows;
}

/** Text whose likelihood is asked for: after a prompt, tokenised apart from it, or as a document of its own. */
export interface NllRequest {
  readonly prompt?: string;
  readonly text: string;
}

/** A model that says how likely texts are. */
export interface NllScorer {
  /** For each request the sum of its text's negative log-likelihoods, in nats, and how many tokens they are. */
  score(requests: readonly NllRequest[]): Promise<readonly Pick<TextNll, "sum" | "tokens">[]>;
}

/** A task answered with the likelihood of a text; `settings` says what changes it, such as an appended end token. */
export type NllTask<Item> = EvalTask<Item, NllRequest, TextNll>;

/**
 * Likelihood of texts for the runner: `nll` (primary), `perplexity`, `bitsPerByte`, `bytePerplexity`, `wordPerplexity`,
 * all of them ratios of totals, with a bootstrap over items.
 * @param options `request` gives the prompt and the text of an item; `settings` go into the record.
 * @example
 * ```ts
 * import { formatPrompt, type Gsm8kItem } from "@vpt/eval/gsm8k";
 * import { nllTask } from "@vpt/eval/nll";
 *
 * const request = (row: Gsm8kItem) => ({ prompt: formatPrompt(row), text: row.answer });
 * const task = nllTask({ protocol: "answer", request });
 * ```
 * @category task
 */
export function nllTask<Item>(options: {
  readonly protocol: "answer" | "rolling";
  readonly request: (item: Item) => NllRequest;
  readonly settings?: Readonly<Record<string, unknown>>;
}): NllTask<Item> {
  const { protocol, request, settings = {} } = options;
  return {
    name: "nll",
    protocol,
    protocolVersion: 1,
    primaryMetric: "nll",
    settings,
    id: (_, index) => String(index),
    request,
    gold: (item) => request(item).text,
    score: ({ sum, tokens }) => ({ prediction: "", metrics: { sum, tokens, nll: sum / tokens } }),
    summarize: (texts) => ({
      metrics: bootstrapCounts(
        texts.length,
        (times) => {
          const total = (of: (text: TextNll) => number) =>
            texts.reduce((sum, text, i) => sum + times[i]! * of(text), 0);
          const [sum, tokens] = [total((text) => text.sum), total((text) => text.tokens)];
          const [bytes, count] = [total((text) => text.bytes ?? NaN), total((text) => text.words ?? NaN)];
          const { nll, perplexity, bitsPerByte, bytePerplexity, wordPerplexity } = summarizeNll([
            { sum, tokens, bytes, words: count },
          ]);
          return { nll, perplexity, bitsPerByte, bytePerplexity, wordPerplexity };
        },
        { over: "items" },
      ),
    }),
  };
}

/**
 * Runs an NLL task over a scorer. Files and continuing as in `evaluateGeneration`.
 * @example
 * ```ts
 * import { evaluateNll, nllTask, rollingWindows } from "@vpt/eval/nll";
 * import { nllScorer } from "@vpt/lang/evaluation";
 *
 * const task = nllTask({ protocol: "rolling", request: (text: string) => ({ text }) });
 * const windows = (tokens: number) => rollingWindows(tokens, { context: 1024 });
 * const record = await evaluateNll(task, texts, nllScorer(model, { windows }), { file: "nll.jsonl" });
 * record.metrics.nll; // nats a token: { value, stderr, ci95, method }
 * ```
 * @category runners
 */
export function evaluateNll<Item>(
  task: NllTask<Item>,
  items: readonly Item[],
  scorer: NllScorer,
  options: RunOptions = {},
): Promise<EvaluationRecord> {
  return evaluate(
    task,
    items,
    async (requests) =>
      (await scorer.score(requests)).map((text, i): TextNll => ({ ...text, ...textSize(requests[i]!.text) })),
    options,
  );
}
