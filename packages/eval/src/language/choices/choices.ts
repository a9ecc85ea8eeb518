import { bootstrapCounts } from "../../statistics/bootstrap-counts.js";
import { bit, type EvalTask } from "../../runner/task.js";
import { formatPrompt, type Gsm8kItem, type Gsm8kPromptOptions } from "../gsm8k.js";
import {
  choiceProbabilities,
  type DigitCalibration,
  type DigitLogits,
  type ScoredChoice,
} from "./digit-calibration.js";
import { numberQuestions, type NumberQuestion, type NumberQuestionOptions } from "./number-questions.js";

/** Text, and numbers that could follow it. */
export interface DigitRequest {
  readonly context: string;
  readonly choices: readonly string[];
}

/** A model that gives the logits of the ten digits before each digit of the choices. */
export interface DigitScorer {
  score(requests: readonly DigitRequest[]): Promise<readonly DigitLogits[]>;
}

/** A row of GSM8K and its choices between numbers. */
export interface NumberChoiceItem extends Gsm8kItem {
  readonly questions: readonly NumberQuestion[];
}

/** Options of {@link numberChoiceTask}. */
export interface NumberChoiceOptions
  extends NumberQuestionOptions, Pick<Gsm8kPromptOptions, "newlineBlank" | "answerBlank"> {
  /** Fitted on other rows; adds metrics after it. */
  readonly calibration?: DigitCalibration | undefined;
}

/** A question as it is asked: the whole text before the number. */
export type NumberRequest = DigitRequest & Pick<NumberQuestion, "kind">;
/** A question as it was answered. */
export type NumberAnswer = ScoredChoice & Pick<NumberQuestion, "kind">;

/** A task whose items are rows: what is asked is one request a question. */
export type NumberChoiceTask = EvalTask<NumberChoiceItem, readonly NumberRequest[], readonly NumberAnswer[]>;

/** Log-loss and hits of one kind of question, summed over questions. */
interface Tally {
  readonly count: number;
  readonly logLoss: number;
  readonly accuracy: number;
}

/** Metrics of one kind of question, under one calibration. */
interface Column {
  readonly kind: NumberQuestion["kind"];
  readonly calibration: DigitCalibration | undefined;
  readonly logLoss: string;
  readonly accuracy: string;
}

/** Returns a row with its questions; the seed of a row is that of the run and its place. */
export const numberChoiceItem = (
  row: Gsm8kItem,
  index: number,
  { alternatives = 7, seed = 0 }: NumberQuestionOptions = {},
): NumberChoiceItem => ({ ...row, questions: numberQuestions(row, { alternatives, seed: seed + index }) });

/**
 * The gold number among others with as many digits, for the runner: after the gold solution so far, which number
 * follows? Metrics are mean log-loss (nats) and accuracy of the results of steps (`stepLogLoss`, `stepAccuracy`) and of
 * final answers (`finalLogLoss`, `finalAccuracy`), with a bootstrap over rows. A probability is a softmax over the ten
 * digits at each digit, so that neither words nor format count. The metrics of the model as it is are called
 * `rawStepLogLoss` and so on. With a `calibration` fitted on other rows there are those after it too: it takes the
 * frequencies of digits and the temperature of the model's probabilities out of a comparison.
 *
 * @example
 * ```ts
 * import { loadItems } from "@vpt/data";
 * import { evaluate } from "@vpt/eval";
 * import { numberChoiceItem, numberChoiceTask, scoreNumberChoices } from "@vpt/eval/choices";
 * import { gsm8kItem } from "@vpt/eval/rows";
 * import { digitScorer } from "@vpt/lang/evaluation";
 *
 * const rows = (await loadItems("gsm8k/test.jsonl", gsm8kItem)).map((row, i) => numberChoiceItem(row, i));
 * const record = await evaluate(numberChoiceTask(), rows, scoreNumberChoices(digitScorer(model)));
 * record.metrics.rawStepAccuracy; // { value, stderr, ci95, method }
 * ```
 * @category task
 */
export function numberChoiceTask(options: NumberChoiceOptions = {}): NumberChoiceTask {
  const { alternatives = 7, seed = 0, newlineBlank = true, answerBlank = "prompt", calibration } = options;
  const prompt = (item: Gsm8kItem): string =>
    formatPrompt(item, { newlineBlank, answerBlank }) + (answerBlank === "answer" ? " " : "");
  const columns = columnsOf(calibration);
  return {
    name: "choices",
    protocol: "gsm8k-numbers",
    protocolVersion: 1,
    primaryMetric: calibration ? "stepLogLoss" : "rawStepLogLoss",
    settings: { alternatives, seed, newlineBlank, answerBlank },
    id: (_, index) => String(index),
    request: (item) =>
      item.questions.map(({ kind, before, choices }) => ({ kind, context: prompt(item) + before, choices })),
    gold: ({ questions }) => questions.map(({ choices }) => choices[0]).join(" "),
    score: (answers) => ({
      prediction: answers.map((answer) => answer.choices[best(answer, calibration)]).join(" "),
      metrics: metricsOf(
        columns,
        columns.map((column) => tally(answers, column)),
      ),
    }),
    summarize: (rows) => {
      const tallies = rows.map((answers) => columns.map((column) => tally(answers, column)));
      const over = (times: Uint32Array) =>
        metricsOf(
          columns,
          columns.map((_, c) =>
            total(
              tallies.map((row) => row[c]!),
              times,
            ),
          ),
        );
      return { metrics: bootstrapCounts(rows.length, over, { over: "rows" }) };
    },
  };
}

/**
 * Returns the function that sends the requests of {@link numberChoiceTask} to a digit scorer, all rows in one call.
 *
 * @example
 * ```ts
 * import { scoreNumberChoices } from "@vpt/eval/choices";
 * import { digitScorer } from "@vpt/lang/evaluation";
 *
 * const ask = scoreNumberChoices(digitScorer(model));
 * ```
 * @category task
 */
export const scoreNumberChoices =
  (scorer: DigitScorer) =>
  async (requests: readonly (readonly NumberRequest[])[]): Promise<readonly (readonly NumberAnswer[])[]> => {
    const flat = requests.flat();
    const logits = await scorer.score(flat.map(({ context, choices }) => ({ context, choices })));
    let next = 0;
    return requests.map((row) => row.map(({ kind, choices }) => ({ kind, choices, logits: logits[next++]! })));
  };

/** Metrics as the model is, and after the calibration where there is one. */
function columnsOf(calibration: DigitCalibration | undefined): Column[] {
  const kinds = ["step", "final"] as const;
  const raw = kinds.map((kind) => ({ kind, calibration: undefined, ...namesOf(`raw${capital(kind)}`) }));
  return calibration ? [...kinds.map((kind) => ({ kind, calibration, ...namesOf(kind) })), ...raw] : raw;
}

const capital = (name: string): string => name[0]!.toUpperCase() + name.slice(1);
const namesOf = (name: string) => ({ logLoss: `${name}LogLoss`, accuracy: `${name}Accuracy` });

/** Means over questions by name; a kind without a question has none. */
const metricsOf = (columns: readonly Column[], tallies: readonly Tally[]): Record<string, number> =>
  Object.fromEntries(
    columns.flatMap(({ logLoss, accuracy }, c) => {
      const { count, ...sums } = tallies[c]!;
      return count === 0 ? [] : [[logLoss, sums.logLoss / count] as const, [accuracy, sums.accuracy / count] as const];
    }),
  );

const total = (tallies: readonly Tally[], times: Uint32Array): Tally => {
  const sum = (key: keyof Tally): number => tallies.reduce((all, each, i) => all + times[i]! * each[key], 0);
  return { count: sum("count"), logLoss: sum("logLoss"), accuracy: sum("accuracy") };
};

/** The most likely choice; of equal ones the first but the gold one. */
function best(choice: ScoredChoice, calibration?: DigitCalibration): number {
  const probabilities = choiceProbabilities(choice, calibration);
  const others = probabilities.slice(1);
  const other = Math.max(...others);
  return probabilities[0]! > other ? 0 : 1 + others.indexOf(other);
}

function tally(answers: readonly NumberAnswer[], { kind, calibration }: Column): Tally {
  const own = answers.filter((answer) => answer.kind === kind);
  const lossOf = (answer: ScoredChoice): number =>
    -Math.log(Math.max(choiceProbabilities(answer, calibration)[0]!, Number.MIN_VALUE));
  return {
    count: own.length,
    logLoss: own.reduce((sum, answer) => sum + lossOf(answer), 0),
    accuracy: own.reduce((sum, answer) => sum + bit(best(answer, calibration) === 0), 0),
  };
}
