import { checkOption } from "../errors.js";
import { parseExact, sameExact } from "./answers/exact-number.js";
import { failed, normalizeHendrycks } from "./answers/hendrycks.js";
import { normalizeMinervaText } from "./answers/minerva.js";
import { extractBoxedOrAnswer, formatBoxedPrompt } from "./answers/boxed-prompt.js";
import { splitBracketed } from "./answers/bracketed-list.js";
import { strip } from "./answers/python-text.js";
import { cutAtStop } from "./answers/stop.js";
import { bit, type GenerateOptions, type GenerationTask } from "../runner/task.js";

/** One row of MATH; MATH-500's rows bring their `answer`. */
export interface MathItem {
  readonly problem: string;
  readonly solution: string;
  readonly answer?: string;
  readonly type?: string;
  readonly level?: string | number;
}

/**
 * The last `\boxed…` (else the last `\fbox…`) with its wrapper, braces balanced; null when there is none or it never
 * closes. Variant `lm-eval` adds a first rule: where `\boxed ` with a blank occurs, the text after its last occurrence
 * up to the next `$`.
 * @example
 * ```ts
 * import { lastBoxed } from "@vpt/eval/math";
 *
 * lastBoxed("so $\\boxed{\\frac{1}{2}}$.") // "\\boxed{\\frac{1}{2}}"
 * ```
 * @see hendrycks/math, modeling/dataset/util.py; lm-evaluation-harness, tasks/hendrycks_math/utils.py
 * @category extraction
 */
export function lastBoxed(text: string, options: { readonly variant?: "hendrycks" | "lm-eval" } = {}): string | null {
  const { variant = "hendrycks" } = options;
  checkOption("lastBoxed: variant", variant, ["hendrycks", "lm-eval"]);
  if (variant === "lm-eval" && text.includes("\\boxed ")) {
    return `\\boxed ${text.split("\\boxed ").at(-1)!.split("$")[0]}`;
  }
  const boxed = text.lastIndexOf("\\boxed");
  const start = boxed >= 0 ? boxed : text.lastIndexOf("\\fbox");
  if (start < 0) return null;
  let open = 0;
  for (let i = start; i < text.length; i++) {
    if (text[i] === "{") open++;
    if (text[i] === "}" && --open === 0) return text.slice(start, i + 1);
  }
  return null;
}

/**
 * What is inside a box of {@link lastBoxed}; null for null and for boxes that the references cannot unwrap, such as
 * `\fbox`.
 * @example
 * ```ts
 * import { removeBoxed } from "@vpt/eval/math";
 *
 * removeBoxed("\\boxed{7}") // "7"
 * ```
 * @category extraction
 */
export function removeBoxed(boxed: string | null): string | null {
  if (boxed === null) return null;
  if (boxed.includes("\\boxed ")) return boxed.startsWith("\\boxed ") ? boxed.slice("\\boxed ".length) : null;
  return boxed.startsWith("\\boxed{") && boxed.endsWith("}") ? boxed.slice("\\boxed{".length, -1) : null;
}

/** Preset `hendrycks`: the text between the first and the last `$`, or all of it when there are fewer than two. */
export function extractBetweenDollars(output: string): string {
  const first = output.indexOf("$");
  const last = output.lastIndexOf("$");
  return last > first ? output.slice(first + 1, last) : output;
}

/** Preset `minerva`: the X of `Final Answer: The final answer is X. I hope it is correct.`, or `[invalidanswer]`. */
export function extractMinerva(output: string): string {
  const closed = `${output}I hope it is correct.`;
  const match = /Final Answer: The final answer is([^\n]*?)[^\n] I hope it is correct[^\n]/u.exec(closed);
  return match ? strip(match[1]!) : "[invalidanswer]";
}

/**
 * Tier H: are two answers the same string after the data set authors' seventeen rules (fractions, roots, units,
 * `\left`, `k =` …)? Where the reference raises, the raw strings are compared. Both missing is equal, one missing is
 * not.
 * @example
 * ```ts
 * import { hendrycksEquivalent } from "@vpt/eval/math";
 *
 * hendrycksEquivalent("\\frac{1}{2}", "\\dfrac12") // true
 * ```
 * @see hendrycks/math, modeling/math_equivalence.py, `is_equiv`
 * @category metric
 */
export function hendrycksEquivalent(gold: string | null, prediction: string | null): boolean {
  if (gold === null || prediction === null) return gold === prediction;
  const a = normalizeHendrycks(gold);
  const b = normalizeHendrycks(prediction);
  return a === failed || b === failed ? gold === prediction : a === b;
}

/**
 * Tier M: are two answers the same string after Minerva's normalisation?
 * lm-evaluation-harness then also asks sympy whether the difference simplifies to 0; we stop at the strings.
 * @example
 * ```ts
 * import { minervaEquivalent } from "@vpt/eval/math";
 *
 * minervaEquivalent("1,000", "x = $1000$ dollars") // true
 * ```
 * @see arXiv 2206.14858, appendix D
 * @category metric
 */
export function minervaEquivalent(gold: string | null, prediction: string | null): boolean {
  if (gold === null || prediction === null) return gold === prediction;
  return normalizeMinerva(gold) === normalizeMinerva(prediction);
}

/** Minerva's normal form of a final answer; order matters, so do its quirks (every `a ` goes, also inside words). */
export const normalizeMinerva = (answer: string): string => normalizeMinervaText(answer);

/**
 * Tier R (ours): equal as exact numbers, without computer algebra. After tier H both sides are read as fractions times
 * 1, π or √n; tuples, intervals and sets are compared element by element (sets in any order). What cannot be read falls
 * back to tier H.
 * @example
 * ```ts
 * import { exactEquivalent } from "@vpt/eval/math";
 *
 * exactEquivalent("\\frac{\\sqrt{8}}{2}", "\\sqrt2") // true
 * ```
 * @category metric
 */
export function exactEquivalent(gold: string | null, prediction: string | null): boolean {
  if (gold === null || prediction === null) return gold === prediction;
  const a = normalizeHendrycks(gold);
  const b = normalizeHendrycks(prediction);
  return a === failed || b === failed ? gold === prediction : sameValue(a, b);
}

function sameValue(a: string, b: string): boolean {
  if (a === b) return true;
  const x = parseExact(a);
  const y = parseExact(b);
  if (x !== undefined && y !== undefined) return sameExact(x, y);
  const left = splitBracketed(a);
  const right = splitBracketed(b);
  if (!left || !right || left.brackets !== right.brackets || left.parts.length !== right.parts.length) return false;
  if (left.brackets !== "\\{\\}") return left.parts.every((part, i) => sameValue(part, right.parts[i]!));
  const unmatched = [...right.parts];
  return left.parts.every((part) => {
    const at = unmatched.findIndex((other) => sameValue(part, other));
    if (at >= 0) unmatched.splice(at, 1);
    return at >= 0;
  });
}

/** How MATH is asked and which answer is read. */
export type MathPreset = "hendrycks" | "minerva" | "vpt-boxed";

/**
 * Options of {@link mathTask}. `minerva` wants its four fixed demonstrations (arXiv 2206.14858, appendix D) from you.
 */
export interface MathTaskOptions {
  readonly preset?: MathPreset;
  readonly demonstrations?: readonly MathItem[];
  readonly decoding?: Partial<GenerateOptions>;
}

/**
 * MATH or MATH-500 for the runner. Columns `H`, `M` and `any` (H or M or R); primary metric H for `hendrycks`, M for
 * `minerva`, any for `vpt-boxed`.
 * @example
 * ```ts
 * import { loadItems } from "@vpt/data";
 * import { evaluateGeneration } from "@vpt/eval";
 * import { mathTask } from "@vpt/eval/math";
 * import { mathItem } from "@vpt/eval/rows";
 * import { textGenerator } from "@vpt/lang/evaluation";
 *
 * const items = await loadItems("EleutherAI/hendrycks_math", mathItem);
 * await evaluateGeneration(mathTask({ preset: "vpt-boxed" }), items, textGenerator(model));
 * ```
 * @category task
 */
export function mathTask(options: MathTaskOptions = {}): GenerationTask<MathItem> {
  const { preset = "vpt-boxed", demonstrations = [] } = options;
  checkOption("mathTask: preset", preset, ["hendrycks", "minerva", "vpt-boxed"]);
  const boxed = preset === "vpt-boxed";
  const decoding = { maxNewTokens: 512, stop: boxed ? [] : ["Problem:"], temperature: 0, ...options.decoding };
  const gold = (item: MathItem) =>
    item.answer ?? removeBoxed(lastBoxed(item.solution, { variant: boxed ? "hendrycks" : "lm-eval" }));
  const ask = ({ problem }: MathItem) =>
    preset === "hendrycks" ? `Problem: ${problem}\nAnswer:` : `Problem:\n${problem}\n\nSolution:`;
  const shown = (item: MathItem) => `${ask(item)} ${preset === "hendrycks" ? gold(item) : item.solution}`;
  const extract = {
    hendrycks: extractBetweenDollars,
    minerva: extractMinerva,
    "vpt-boxed": (output: string) => {
      const box = lastBoxed(output);
      return removeBoxed(box) ?? extractBoxedOrAnswer(output, { skipBoxes: true });
    },
  }[preset];
  return {
    name: "math",
    protocol: preset,
    protocolVersion: 1,
    primaryMetric: { hendrycks: "H", minerva: "M", "vpt-boxed": "any" }[preset],
    settings: { shots: demonstrations.length, decoding },
    decoding,
    id: (_, index) => String(index),
    request: (item) =>
      boxed
        ? formatBoxedPrompt(
            item.problem,
            demonstrations.map((d) => ({ text: d.problem, answer: gold(d) ?? "" })),
          )
        : [...demonstrations.map(shown), ask(item)].join("\n\n"),
    gold: (item) => gold(item) ?? "",
    groups: (item) =>
      [item.type, item.level === undefined ? undefined : `level ${String(item.level).replace(/^Level /, "")}`].filter(
        (g) => g !== undefined,
      ),
    score: (response, item) => {
      const answer = gold(item);
      const prediction = extract(cutAtStop(response, decoding.stop));
      const H = answer !== null && hendrycksEquivalent(answer, prediction);
      const M = answer !== null && minervaEquivalent(answer, prediction);
      return {
        prediction,
        metrics: { H: bit(H), M: bit(M), any: bit(H || M || (answer !== null && exactEquivalent(answer, prediction))) },
      };
    },
  };
}
