import type { Params } from "@vpt/core";
import { exampleNll, generate, type Example } from "@vpt/lang";
import { compile } from "../compile.js";
import type { Progress } from "../progress.js";
import type { Scores } from "../run-summary.js";
import type { RunConfig } from "./config.js";
import type { LoadedExperiment } from "./load-experiment.js";
import { passAt1 } from "./pass-at-1.js";

/** Which evaluation, and how progress names it. */
export interface ScoreOptions {
  /** The small evaluation during a run: the first `evaluation.quickRows` of each test set, and no sample texts. */
  readonly quick: boolean;
  readonly label: string;
}

/**
 * Scores parameters on held-out rows: NLL per answer token (nats), top-1 accuracy and bits per byte of `data.test`, NLL
 * of further named test sets and of `data.unlabeledTest`, greedy pass@1 where `evaluation.passAt1Rows` asks for it, and
 * continuations of the sample prompts.
 */
export async function score(
  loaded: LoadedExperiment,
  params: Params,
  run: RunConfig,
  { quick, label }: ScoreOptions,
  progress: Pick<Progress, "setStatus">,
): Promise<Scores> {
  const { model, firstTrainableBlock: from, datasets, testSets } = loaded;
  const compiled = run.backend.compile ? { compile } : {};
  const nllOf = (name: string, rows: readonly Example[]) =>
    exampleNll(model.config, params, quick ? rows.slice(0, run.evaluation.quickRows) : rows, {
      ...(from > 0 && { from }),
      ...compiled,
      onProgress: (done, total) => progress.setStatus(`${label}: ${name} ${done}/${total}`),
    });
  const { nllPerToken, accuracy, rows } = await nllOf("test", datasets.test);
  const nats = rows.reduce((sum, { nll }) => sum + nll, 0);
  const bytes = datasets.test.slice(0, rows.length).reduce((sum, row) => sum + answerBytes(row, loaded), 0);
  const metrics: Record<string, number> = { nll: nllPerToken, accuracy, bitsPerByte: nats / Math.LN2 / bytes };
  if (datasets.unlabeledTest.length > 0)
    metrics["unlabeledNll"] = (await nllOf("unlabeledTest", datasets.unlabeledTest)).nllPerToken;
  for (const [name, examples] of Object.entries(testSets))
    metrics[`nll/${name}`] = (await nllOf(name, examples)).nllPerToken;
  if (run.evaluation.passAt1Rows > 0) metrics["passAt1"] = await passAt1(loaded, params, run);
  const prompts = quick ? [] : run.samplePrompts;
  const texts =
    prompts.length > 0
      ? await generate({ ...model, params }, prompts, { maxNewTokens: run.sampleTokens, ...compiled })
      : [];
  return {
    metrics,
    perItem: { nll: rows.map(({ nll, tokens }) => nll / tokens) },
    samples: texts.map(({ text }, i) => ({ prompt: prompts[i]!, text })),
  };
}

/** UTF-8 bytes of the tokens in the loss: the gold answer. */
const answerBytes = ({ labels, lossMask }: Example, { model }: LoadedExperiment): number =>
  Buffer.byteLength(model.tokenizer.decode([...labels].filter((_, t) => lossMask[t]! > 0)));
