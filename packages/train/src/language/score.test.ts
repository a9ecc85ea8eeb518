import * as tf from "@tensorflow/tfjs";
import { useBackend } from "@vpt/backend";
import { decoderLogits, exampleNll, type Example } from "@vpt/lang";
import { fitLogitBias } from "@vpt/lang/evaluation";
import { beforeAll, describe, expect, it } from "vitest";
import { createProgress } from "../progress.js";
import { tinyLanguage } from "../testing/tiny-language.js";
import { parseRunConfig } from "./config.js";
import { loadExperiment, type LoadedExperiment } from "./load-experiment.js";
import { score } from "./score.js";

const quiet = createProgress({ quiet: true });
const run = parseRunConfig(
  { ...tinyLanguage, backend: { compile: false }, evaluation: { quickRows: 1, biasRows: 3 } },
  "test",
);
let loaded: LoadedExperiment;
beforeAll(async () => {
  await useBackend({ device: "cpu", threads: 1 });
  loaded = await loadExperiment(run, "cpu", quiet);
}, 60_000);

const scoreOf = (options: { readonly quick?: boolean; readonly method?: string } = {}) =>
  score(loaded, loaded.model.params, run, { quick: false, label: "test", ...options }, quiet);

/** −log softmax of the counted labels over `ids`, or over the whole vocabulary, from the whole model's logits. */
function nllsOf({ ids, labels, lossMask }: Example, among?: readonly number[]): { label: number; nll: number }[] {
  const { config, params } = loaded.model;
  const table = tf.tidy(
    () => decoderLogits(config, params, tf.tensor2d([[...ids]], undefined, "int32")).arraySync() as number[][][],
  )[0]!;
  return [...labels].flatMap((label, t) => {
    if (lossMask[t] === 0) return [];
    const row = table[t]!;
    const logits = among ? among.map((id) => row[id]!) : row;
    return [{ label, nll: Math.log(logits.reduce((sum, z) => sum + Math.exp(z), 0)) - row[label]! }];
  });
}
const mean = (nlls: readonly { readonly nll: number }[]): number =>
  nlls.reduce((sum, { nll }) => sum + nll, 0) / nlls.length;
const isDigit = ({ label }: { readonly label: number }): boolean => label >= 48 && label <= 57;

describe("score", () => {
  it("splits the likelihood by what the tokens are, and looks at the digits alone", async () => {
    const { metrics } = await scoreOf();
    const all = loaded.datasets.test.flatMap((row) => nllsOf(row));
    expect(metrics["nll"]).toBeCloseTo(mean(all), 4);
    expect(metrics["nll/digits"]).toBeCloseTo(mean(all.filter(isDigit)), 4);
    expect(metrics["fraction/digits"]).toBeCloseTo(all.filter(isDigit).length / all.length, 12);
    const isLetter = ({ label }: { readonly label: number }) => /[a-z]/i.test(String.fromCharCode(label));
    expect(metrics["nll/words"]).toBeCloseTo(mean(all.filter(isLetter)), 4);
    const classes = ["format", "digits", "words"].map((name) => metrics[`fraction/${name}`]! * metrics[`nll/${name}`]!);
    expect(classes.reduce((sum, part) => sum + part, 0)).toBeCloseTo(metrics["nll"]!, 6);
    const digits = Array.from({ length: 10 }, (_, d) => 48 + d);
    const within = loaded.datasets.test.flatMap((row) => nllsOf(row, digits)).filter(isDigit);
    expect(metrics["digitCrossEntropy"]).toBeCloseTo(mean(within), 4);
  });

  it("scores after a bias of its own, row by row; constant-bias is the model with it", async () => {
    const { model, datasets, firstTrainableBlock: from } = loaded;
    const options = from > 0 ? { from } : {};
    // every second of the four rows, the most that stays within three
    const rows = [datasets.feedback[0]!, datasets.feedback[2]!];
    const { bias_V } = await fitLogitBias(model.config, model.params, rows, options);
    const after = await exampleNll(model.config, model.params, datasets.test, { ...options, bias_V });
    const { metrics, perItem } = await scoreOf({ method: "baseline" });
    expect(metrics["nllAfterBias"]).toBe(after.nllPerToken);
    expect(perItem!["nllAfterBias"]).toEqual(after.rows.map(({ nll, tokens }) => nll / tokens));
    expect(metrics["nllAfterBias"]).toBeLessThan(metrics["nll"]!);
    const biased = await scoreOf({ method: "constant-bias" });
    expect(biased.metrics["nll"]).toBe(after.nllPerToken);
    expect(biased.metrics["nllAfterBias"]).toBe(after.nllPerToken);
    expect(biased.metrics["accuracy"]).toBe(after.accuracy);
    expect(biased.perItem!["nll"]).toEqual(perItem!["nllAfterBias"]);
  });

  it("fits no bias in a quick evaluation, but for constant-bias", async () => {
    const { metrics, perItem } = await scoreOf({ quick: true, method: "value" });
    expect(Object.keys(perItem!)).toEqual(["nll"]);
    expect(perItem!["nll"]).toHaveLength(1);
    expect(metrics["nllAfterBias"]).toBeUndefined();
    expect(metrics["nll/words"]).toBeGreaterThan(0);
    const biased = await scoreOf({ quick: true, method: "constant-bias" });
    expect(biased.metrics["nll"]).toBeLessThan(metrics["nll"]!);
  });
});

it("refuses constant-bias without rows to fit, and test sets named like a class", () => {
  const parse = (more: object) => () => parseRunConfig({ ...tinyLanguage, ...more }, "test");
  expect(parse({ methods: ["constant-bias"], evaluation: { biasRows: 0 } })).toThrow(/biasRows.*expected at least 1/s);
  const test = { digits: { synthetic: "problems", split: "test", limit: 2 } };
  expect(parse({ data: { ...tinyLanguage.data, test } })).toThrow(/expected no test set named format, digits, words/);
});
