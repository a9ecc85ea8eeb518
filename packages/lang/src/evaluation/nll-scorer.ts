import { type Compile, VptError } from "@vpt/core";
import { exampleNll } from "../example-nll.js";
import type { Example } from "../language-batch.js";
import type { LanguageModel } from "../model/index.js";
import { promptIds } from "../tokenizer/index.js";

/**
 * A pass over a long text: it reads tokens `[inputStart, inputEnd)`, where −1 is the prefix token, and counts targets
 * `[from, to)`.
 */
export interface NllWindow {
  readonly inputStart: number;
  readonly inputEnd: number;
  readonly from: number;
  readonly to: number;
}

/** How an NLL scorer asks its model. */
export interface NllScorerOptions {
  /** Rows a forward pass; default 8. */
  readonly batchSize?: number;
  /** `compile` of `@vpt/backend`. */
  readonly compile?: Compile | undefined;
  /** Also count the tokenizer's end token after an answer. Default false. */
  readonly appendEos?: boolean;
  /**
   * The passes over a document of so many tokens, as `rollingWindows` of `@vpt/eval/nll` gives them; needed for texts
   * without a prompt.
   */
  readonly windows?: (tokens: number) => readonly NllWindow[];
}

/**
 * A model as the `NllScorer` that `evaluateNll` of `@vpt/eval/nll` asks. A text with a prompt is tokenised apart from
 * it and counted alone; one without is a document: every token is predicted once, the first after the end (or begin)
 * token.
 *
 * @throws {VptError} For an answer that is longer than the model's positions, a text without a token, or a document
 *   without `windows`.
 * @example
 * ```ts
 * const record = await evaluateNll(task, rows, nllScorer(model));
 * ```
 * @see lm-evaluation-harness, `loglikelihood_rolling`
 * @category scoring
 */
export const nllScorer = (
  model: LanguageModel,
  { batchSize = 8, compile, appendEos = false, windows }: NllScorerOptions = {},
): {
  score(
    requests: readonly { readonly prompt?: string; readonly text: string }[],
  ): Promise<readonly { readonly sum: number; readonly tokens: number }[]>;
} => ({
  async score(requests) {
    const rows = requests.map(({ prompt, text }) =>
      prompt === undefined ? documentRows(model, text, windows) : [answerRow(model, prompt, text, appendEos)],
    );
    const scored = await exampleNll(model.config, model.params, rows.flat(), { batchSize, compile });
    let next = 0;
    return rows.map((own) => {
      const sums = scored.rows.slice(next, (next += own.length));
      return {
        sum: sums.reduce((sum, { nll }) => sum + nll, 0),
        tokens: sums.reduce((sum, row) => sum + row.tokens, 0),
      };
    });
  },
});

/** Prompt and answer; a prompt that is too long loses tokens at its left. */
function answerRow({ config, tokenizer }: LanguageModel, prompt: string, text: string, appendEos: boolean): Example {
  const end = appendEos && tokenizer.eos !== undefined ? [tokenizer.eos] : [];
  const answer = [...tokenizer.encode(text), ...end];
  if (answer.length === 0 || answer.length > config.maxPositions)
    throw new VptError(
      `nllScorer: an answer has ${answer.length} tokens; expected 1 to the model's ${config.maxPositions}.`,
    );
  const ids = [...promptIds(tokenizer, prompt), ...answer].slice(-(config.maxPositions + 1));
  if (ids.length === answer.length) throw new VptError("nllScorer: a prompt without a token; expected some text.");
  return counting(ids, answer.length);
}

/** The passes over a document. */
function documentRows({ tokenizer }: LanguageModel, text: string, windows: NllScorerOptions["windows"]): Example[] {
  if (!windows) throw new VptError("nllScorer: a text without a prompt needs `windows`, such as rollingWindows.");
  const prefix = tokenizer.eos ?? tokenizer.begin;
  if (prefix === undefined)
    throw new VptError("nllScorer: the tokenizer has no end or begin token to start a document.");
  const ids = tokenizer.encode(text);
  return windows(ids.length).map(({ inputStart, inputEnd, from, to }) => {
    const input = [...(inputStart < 0 ? [prefix] : []), ...ids.slice(Math.max(0, inputStart), inputEnd)];
    return counting([...input, ids[to - 1]!], to - from);
  });
}

/** A row whose last `count` tokens are counted. */
function counting(ids: readonly number[], count: number): Example {
  const next = ids.slice(1);
  return {
    ids: Int32Array.from(ids.slice(0, -1)),
    labels: Int32Array.from(next),
    lossMask: Uint8Array.from(next, (_, t) => (t >= next.length - count ? 1 : 0)),
  };
}
