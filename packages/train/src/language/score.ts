import { defined, type Params } from "@vpt/core";
import { exampleNll, generate, type Example, type ExampleNll, type NllSum } from "@vpt/lang";
import { fitLogitBias, tokenClasses } from "@vpt/lang/evaluation";
import { compile } from "../compile.js";
import type { Progress } from "../progress.js";
import type { Sample, Scores } from "../run-summary.js";
import type { EvaluateOptions } from "../workload.js";
import type { RunConfig } from "./config.js";
import type { LoadedExperiment } from "./load-experiment.js";
import { passAt1 } from "./pass-at-1.js";

/** Mean nats a token; undefined for no tokens. */
const meanOf = ({ nll, tokens }: NllSum): number | undefined => (tokens === 0 ? undefined : nll / tokens);

/** One evaluation: what is scored, how, and how its progress is shown. */
interface Scoring {
  readonly loaded: LoadedExperiment;
  readonly params: Params;
  readonly run: RunConfig;
  readonly options: EvaluateOptions;
  readonly progress: Pick<Progress, "setStatus">;
}

/**
 * Scores parameters on held-out rows. Of `data.test`: NLL per answer token (`nll`, nats), of each class of tokens
 * (`nll/format`, `nll/digits`, `nll/words`, and their fractions of the tokens), the cross-entropy within the ten
 * digits, top-1 accuracy, bits per byte, and the NLL after the model's own logit bias, fitted on feedback rows
 * (`nllAfterBias`): style cannot improve it. Beside it the NLL of further named test sets and of `data.unlabeledTest`,
 * greedy pass@1 where `evaluation.passAt1Rows` asks for it, and continuations of the sample prompts.
 *
 * An evaluation during a run (`quick`) reads the first `evaluation.quickRows` of each test set, and fits no bias. The
 * method `constant-bias` is the exception: its bias is part of the model, in every number. Texts are not its own, as
 * generation adds no bias, so it reports none.
 */
export async function score(
  loaded: LoadedExperiment,
  params: Params,
  run: RunConfig,
  options: EvaluateOptions,
  progress: Pick<Progress, "setStatus">,
): Promise<Scores> {
  const scoring = { loaded, params, run, options, progress };
  const { datasets, testSets } = loaded;
  const { quick, method } = options;
  const hasBias = method === "constant-bias";
  const bias_V = hasBias || (!quick && run.evaluation.biasRows > 0) ? await ownBias(scoring) : undefined;
  const model = hasBias ? bias_V : undefined;
  const test = await nllOf(scoring, "test", datasets.test, model);
  const after = hasBias || !bias_V ? test : await nllOf(scoring, "test after bias", datasets.test, bias_V);
  const metrics = testMetrics(test, loaded);
  if (bias_V) metrics["nllAfterBias"] = after.nllPerToken;
  if (datasets.unlabeledTest.length > 0)
    metrics["unlabeledNll"] = (await nllOf(scoring, "unlabeledTest", datasets.unlabeledTest, model)).nllPerToken;
  for (const [name, examples] of Object.entries(testSets))
    metrics[`nll/${name}`] = (await nllOf(scoring, name, examples, model)).nllPerToken;
  if (run.evaluation.passAt1Rows > 0 && !hasBias) metrics["passAt1"] = await passAt1(loaded, params, run);
  return {
    metrics,
    perItem: { nll: perToken(test), ...(bias_V && { nllAfterBias: perToken(after) }) },
    samples: quick || hasBias ? [] : await samplesOf(scoring),
  };
}

const perToken = ({ rows }: ExampleNll): number[] => rows.map(({ nll, tokens }) => nll / tokens);

/** What the backend and the frozen blocks ask of every pass. */
const passOptions = ({ loaded: { firstTrainableBlock: from }, run }: Scoring) => ({
  ...(from > 0 && { from }),
  ...(run.backend.compile && { compile }),
});

/** The likelihood of one set of rows, or of its first rows in a quick evaluation. */
const nllOf = (
  scoring: Scoring,
  name: string,
  rows: readonly Example[],
  bias_V: Float32Array | undefined,
): Promise<ExampleNll> => {
  const { loaded, params, run, options, progress } = scoring;
  const { config, tokenizer } = loaded.model;
  return exampleNll(config, params, options.quick ? rows.slice(0, run.evaluation.quickRows) : rows, {
    ...passOptions(scoring),
    tokenizer,
    bias_V,
    onProgress: (done, total) => progress.setStatus(`${options.label}: ${name} ${done}/${total}`),
  });
};

/** The bias on the logits that lowers the NLL of feedback rows most, from all over `data.feedback`. */
async function ownBias(scoring: Scoring): Promise<Float32Array> {
  const { loaded, params, run, options, progress } = scoring;
  const { feedback } = loaded.datasets;
  const every = Math.ceil(feedback.length / Math.max(1, run.evaluation.biasRows));
  const rows = feedback.filter((_, i) => i % every === 0);
  const { bias_V } = await fitLogitBias(loaded.model.config, params, rows, {
    ...passOptions(scoring),
    onProgress: (done, total) => progress.setStatus(`${options.label}: bias on feedback ${done}/${total}`),
  });
  return bias_V;
}

/** The numbers of the main test set; a class without a token has none. */
function testMetrics(test: ExampleNll, { datasets, model }: LoadedExperiment): Record<string, number> {
  const nats = test.rows.reduce((sum, { nll }) => sum + nll, 0);
  const answers = datasets.test.slice(0, test.rows.length);
  const bytes = answers.reduce((sum, row) => sum + answerBytes(row, model), 0);
  const classes = tokenClasses.flatMap((name) => {
    const sum = test.classes![name];
    return [[`nll/${name}`, meanOf(sum)] as const, [`fraction/${name}`, sum.tokens / test.tokens] as const];
  });
  return defined({
    nll: test.nllPerToken,
    accuracy: test.accuracy,
    bitsPerByte: nats / Math.LN2 / bytes,
    ...Object.fromEntries(classes),
    digitCrossEntropy: test.digits && meanOf(test.digits),
  }) as Record<string, number>;
}

/** UTF-8 bytes of the tokens in the loss: the gold answer. */
const answerBytes = ({ labels, lossMask }: Example, { tokenizer }: LoadedExperiment["model"]): number =>
  Buffer.byteLength(tokenizer.decode([...labels].filter((_, t) => lossMask[t]! > 0)));

/** Greedy continuations of the sample prompts. */
async function samplesOf({ loaded, params, run }: Scoring): Promise<Sample[]> {
  if (run.samplePrompts.length === 0) return [];
  const texts = await generate({ ...loaded.model, params }, run.samplePrompts, {
    maxNewTokens: run.sampleTokens,
    ...(run.backend.compile && { compile }),
  });
  return texts.map(({ text }, i) => ({ prompt: run.samplePrompts[i]!, text }));
}
