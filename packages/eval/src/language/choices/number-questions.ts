import { createRandom } from "../../internal/random.js";
import type { Gsm8kItem } from "../gsm8k.js";
import { nearNumbers } from "./near-numbers.js";

/** A place in a worked answer where a number follows, and numbers that could stand there. */
export interface NumberQuestion {
  /** A result of a step, or the final answer after the whole solution. */
  readonly kind: "step" | "final";
  /** The answer's text before the number, without calculator marks. */
  readonly before: string;
  /** The gold number first, then others with as many digits, near ones first. */
  readonly choices: readonly string[];
}

/** How the other numbers are made. */
export interface NumberQuestionOptions {
  /** Other numbers beside the gold one; default 7. */
  readonly alternatives?: number;
  /** Of two numbers as near, which comes first; default 0. */
  readonly seed?: number;
}

const number = "[0-9]+(?:,[0-9]{3})*(?:\\.[0-9]+)?";
/** A calculator mark with what it computes, and the number that the text then repeats. */
const mark = new RegExp(`<<[^>]*=\\s*(-?[0-9.,]+)>>(${number})?`, "g");
const finalMark = new RegExp(`^([\\s\\S]*\\n#### )(${number})\\s*$`);

/**
 * Finds the places of a GSM8K answer where a number was computed: the results of its steps, which calculator marks
 * `<<48/2=24>>24` show, and the final answer `#### 72`. Each becomes a choice between the gold number and others that
 * are written alike, so that neither style nor the length of a number decides. A number with more than 15 digits, with
 * a minus, or other than its mark says is left out.
 *
 * @example
 * ```ts
 * import { numberQuestions } from "@vpt/eval/choices";
 *
 * numberQuestions({ answer: "She has 8*3=<<8*3=24>>24.\n#### 24" });
 * // [{ kind: "step", before: "She has 8*3=", choices: ["24", "25", "23", …] }, { kind: "final", … }]
 * ```
 * @category protocol
 */
export function numberQuestions(
  { answer }: Pick<Gsm8kItem, "answer">,
  { alternatives = 7, seed = 0 }: NumberQuestionOptions = {},
): NumberQuestion[] {
  const random = createRandom(seed);
  const bare = (text: string): string => text.replace(/<<[^>]*>>/g, "");
  const question = (kind: NumberQuestion["kind"], before: string, gold: string): NumberQuestion => ({
    kind,
    before,
    choices: [gold, ...nearNumbers(gold, alternatives, random)],
  });
  const isUsable = (gold: string): boolean => gold.replace(/[^0-9]/g, "").length <= 15;
  const found = [...answer.matchAll(mark)].flatMap((place) => {
    const [all, result = "", gold] = place;
    if (gold === undefined || !isUsable(gold) || valueOf(gold) !== valueOf(result)) return [];
    return [question("step", bare(answer.slice(0, place.index + all.length - gold.length)), gold)];
  });
  const [, before, gold] = finalMark.exec(answer) ?? [];
  if (before === undefined || gold === undefined || !isUsable(gold)) return found;
  return [...found, question("final", bare(before), gold)];
}

const valueOf = (text: string): number => Number(text.replaceAll(",", ""));
