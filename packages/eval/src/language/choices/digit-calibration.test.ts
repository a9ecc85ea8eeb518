import { expect, it } from "vitest";
import { createRandom } from "../../internal/random.js";
import {
  choiceProbabilities,
  fitDigitCalibration,
  type DigitCalibration,
  type ScoredChoice,
} from "./digit-calibration.js";

const random = createRandom(1);
const tenLogits = (): number[] => Array.from({ length: 10 }, () => 4 * random() - 2);
const softmaxOf = (logits: readonly number[]): number[] => {
  const weights = logits.map(Math.exp);
  return weights.map((w) => w / weights.reduce((sum, each) => sum + each, 0));
};

it("multiplies the digits' probabilities, each after the digits before it", () => {
  const logits = { "": tenLogits(), "1": tenLogits(), "2": tenLogits() };
  const [first, one, two] = [softmaxOf(logits[""]), softmaxOf(logits["1"]), softmaxOf(logits["2"])];
  const weights = [first[1]! * one[9]!, first[2]! * two[0]!, first[1]! * one[7]!];
  const total = weights.reduce((sum, w) => sum + w, 0);
  const probabilities = choiceProbabilities({ choices: ["19", "20", "17"], logits });
  probabilities.forEach((p, k) => expect(p).toBeCloseTo(weights[k]! / total, 12));
});

it("passes over separators, and names the logits that are missing", () => {
  const logits = { "": tenLogits(), "1": tenLogits(), "1.": tenLogits() };
  const { "1.": after, "": before } = logits;
  const [p, q] = choiceProbabilities({ choices: ["1.5", "1.6"], logits: { "": before, "1.": after } });
  expect(p! / q!).toBeCloseTo(Math.exp(after[5]! - after[6]!), 10);
  expect(() => choiceProbabilities({ choices: ["23"], logits: { "": before } })).toThrow('logits after "2"');
});

/** Choices whose gold number was drawn from logits that a calibration changed, out of eight. */
function drawn(count: number, truth: DigitCalibration): ScoredChoice[] {
  return Array.from({ length: count }, () => {
    const logits = { "": tenLogits(), "1": tenLogits() };
    const numbers = ["10", "11", "12", "13", "16", "17", "18", "19"];
    const p = choiceProbabilities({ choices: numbers, logits }, truth);
    let u = random();
    const gold = Math.max(
      0,
      p.findIndex((each) => (u -= each) <= 0),
    );
    return { choices: [numbers[gold]!, ...numbers.filter((_, k) => k !== gold)], logits };
  });
}
const lossOf = (scored: readonly ScoredChoice[], calibration?: DigitCalibration): number =>
  scored.reduce((sum, each) => sum - Math.log(choiceProbabilities(each, calibration)[0]!), 0) / scored.length;

const truth: DigitCalibration = { bias: [1.5, 0, 0, -1, 0, 0, 0, 0, 0, 0.5], inverseTemperature: 1.8 };
const scored = drawn(600, truth);

it("fits the bias and the temperature that the gold numbers were drawn with, and other rows gain as much", () => {
  const fitted = fitDigitCalibration(scored);
  expect(fitted.inverseTemperature).toBeCloseTo(1.8, 0);
  expect(fitted.bias[0]! - fitted.bias[3]!).toBeGreaterThan(1.5);
  const others = drawn(600, truth);
  expect(lossOf(others, fitted)).toBeLessThan(lossOf(others) - 0.1);
  expect(lossOf(others, fitted)).toBeLessThan(lossOf(others, truth) + 0.02);
});

it("is at a minimum of the penalised loss, by finite differences", () => {
  const ridge = 0.01;
  const { bias, inverseTemperature } = fitDigitCalibration(scored, { ridge });
  const at = [...bias, Math.log(inverseTemperature)];
  const objective = (x: readonly number[]): number =>
    lossOf(scored, { bias: x.slice(0, 10), inverseTemperature: Math.exp(x[10]!) }) +
    (ridge / 2) * x.reduce((sum, each) => sum + each * each, 0);
  at.forEach((x, i) => {
    const slope = (objective(at.with(i, x + 1e-5)) - objective(at.with(i, x - 1e-5))) / 2e-5;
    expect(Math.abs(slope)).toBeLessThan(1e-5);
  });
});

it("refuses no choices", () => {
  expect(() => fitDigitCalibration([])).toThrow("at least one choice");
});
