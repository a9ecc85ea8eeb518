import { EvalInputError } from "../../errors.js";
import { minimize } from "../../internal/minimize.js";

/**
 * Logits of the ten digits, by the part of a number that stands before: `{ "": [z_0, …, z_9], "2": […] }` for the
 * choices 23 and 24.
 */
export type DigitLogits = Readonly<Record<string, readonly number[]>>;

/** What a choice looks like to the scoring: the numbers, the gold one first, and what the model said. */
export interface ScoredChoice {
  readonly choices: readonly string[];
  readonly logits: DigitLogits;
}

/** What changes the logits of a digit d to `inverseTemperature · z_d + bias_d`. */
export interface DigitCalibration {
  readonly bias: readonly number[];
  readonly inverseTemperature: number;
}

const none: DigitCalibration = { bias: Array<number>(10).fill(0), inverseTemperature: 1 };

/**
 * Computes the probability of each choice: the product of the digits' probabilities, each a softmax over the ten digits
 * after those before it, scaled to sum to 1 over the choices.
 *
 * @throws {EvalInputError} When the logits before a digit are missing.
 * @example
 * ```ts
 * import { choiceProbabilities } from "@vpt/eval/choices";
 *
 * choiceProbabilities({ choices: ["1", "2"], logits: { "": [0, 1, 1, 0, 0, 0, 0, 0, 0, 0] } }); // [0.5, 0.5]
 * ```
 * @category metric
 */
export function choiceProbabilities(choice: ScoredChoice, calibration: DigitCalibration = none): number[] {
  return probabilitiesOf(choice, calibratedPlaces(choice.logits, calibration));
}

/** The logits of ten digits at one place, and the logarithms of their probabilities after a calibration. */
interface Place {
  readonly raw: readonly number[];
  readonly logP: readonly number[];
}

/** The places of a choice by what stands before. */
const calibratedPlaces = (table: DigitLogits, { bias, inverseTemperature }: DigitCalibration): Map<string, Place> =>
  new Map(
    Object.entries(table).map(([before, raw]) => [
      before,
      { raw, logP: logSoftmax(raw.map((z, d) => inverseTemperature * z + bias[d]!)) },
    ]),
  );

const probabilitiesOf = ({ choices }: ScoredChoice, places: ReadonlyMap<string, Place>): number[] =>
  logSoftmax(
    choices.map((number) => digitsOf(number, places).reduce((sum, { digit, place }) => sum + place.logP[digit]!, 0)),
  ).map(Math.exp);

/** The digits of a number, and the places where they stand. */
function digitsOf(
  number: string,
  places: ReadonlyMap<string, Place>,
): { readonly digit: number; readonly place: Place }[] {
  return [...number].flatMap((character, j) => {
    if (character < "0" || character > "9") return [];
    const place = places.get(number.slice(0, j));
    if (place?.logP.length === 10) return [{ digit: Number(character), place }];
    throw new EvalInputError({
      where: `choiceProbabilities: logits after ${JSON.stringify(number.slice(0, j))}`,
      expected: "ten numbers",
      received: place === undefined ? "none" : `${place.raw.length}`,
    });
  });
}

function logSoftmax(logits: readonly number[]): number[] {
  const most = Math.max(...logits);
  const total = most + Math.log(logits.reduce((sum, z) => sum + Math.exp(z - most), 0));
  return logits.map((z) => z - total);
}

/**
 * Fits a bias of each digit and one temperature that minimise the mean log-loss of the gold choices, with a weak
 * penalty of `ridge/2·(‖bias‖² + log² inverseTemperature)`. What it gains is in how often digits occur and how sure the
 * model is, not in which number is right; fit it on other rows than are scored.
 *
 * @throws {EvalInputError} When there are no choices.
 * @example
 * ```ts
 * import { fitDigitCalibration } from "@vpt/eval/choices";
 *
 * const scored = [{ choices: ["1", "2"], logits: { "": [0, 1, 1, 0, 0, 0, 0, 0, 0, 0] } }];
 * const { bias, inverseTemperature } = fitDigitCalibration(scored);
 * ```
 * @category metric
 */
export function fitDigitCalibration(
  scored: readonly ScoredChoice[],
  { ridge = 1e-3 }: { readonly ridge?: number } = {},
): DigitCalibration {
  if (scored.length === 0)
    throw new EvalInputError({
      where: "fitDigitCalibration: scored",
      expected: "at least one choice",
      received: "none",
    });
  const fitted = minimize(
    (x) => {
      const { value, gradient } = calibrationLoss(scored, x);
      return {
        value: value + (ridge / 2) * x.reduce((total, each) => total + each * each, 0),
        gradient: gradient.map((g, i) => g + ridge * x[i]!),
      };
    },
    Array<number>(11).fill(0),
    { tolerance: 1e-7 },
  );
  return calibrationOf(fitted);
}

/** Ten biases and the logarithm of the inverse temperature. */
const calibrationOf = (x: Float64Array): DigitCalibration => ({
  bias: [...x.subarray(0, 10)],
  inverseTemperature: Math.exp(x[10]!),
});

/** Mean log-loss of the gold choices, and its gradient. */
function calibrationLoss(scored: readonly ScoredChoice[], x: Float64Array) {
  const calibration = calibrationOf(x);
  const gradient = new Float64Array(11);
  let value = 0;
  for (const choice of scored) {
    const places = calibratedPlaces(choice.logits, calibration);
    const probabilities = probabilitiesOf(choice, places);
    value -= Math.log(Math.max(probabilities[0]!, Number.MIN_VALUE)) / scored.length;
    const passing = new Map<Place, number>(); // the weights of the numbers that pass a place, summed
    choice.choices.forEach((number, k) => {
      const weight = (probabilities[k]! - (k === 0 ? 1 : 0)) / scored.length;
      for (const { digit, place } of digitsOf(number, places)) {
        gradient[digit]! += weight;
        gradient[10]! += weight * calibration.inverseTemperature * place.raw[digit]!;
        passing.set(place, (passing.get(place) ?? 0) + weight);
      }
    });
    for (const [{ raw, logP }, weight] of passing)
      logP.forEach((log, d) => {
        const part = weight * Math.exp(log);
        gradient[d]! -= part;
        gradient[10]! -= part * calibration.inverseTemperature * raw[d]!;
      });
  }
  return { value, gradient };
}
