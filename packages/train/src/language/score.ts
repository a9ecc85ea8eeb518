import type { Params } from "@vpt/core";
import { exampleNll, generate } from "@vpt/lang";
import type { RunConfig } from "./config.js";
import type { Progress } from "../progress.js";
import { compile } from "../compile.js";
import type { LoadedExperiment } from "./load-experiment.js";
import type { Sample, Scores } from "../run-summary.js";

/** Held-out NLL of `params`, and what they make of the sample prompts. */
export async function score(
  { model, firstTrainableBlock: from, datasets: sets }: LoadedExperiment,
  params: Params,
  run: RunConfig,
  what: string,
  progress: Progress,
): Promise<Scores & { samples: Sample[] }> {
  const nllOf = (name: "test" | "unlabeledTest") =>
    exampleNll(model.config, params, sets[name], {
      ...(from > 0 && { from }),
      compile,
      onProgress: (done, total) => progress.setStatus(`${what}: ${name} ${done}/${total}`),
    });
  const { nllPerToken, accuracy, rows } = await nllOf("test");
  const perRow = rows.map(({ nll, tokens }) => nll / tokens);
  const generations = run.samplePrompts.length
    ? await generate({ ...model, params }, run.samplePrompts, { maxNewTokens: run.sampleTokens, compile })
    : [];
  return {
    test: { nllPerToken, accuracy, perRow },
    ...(sets.unlabeledTest.length > 0 && {
      unlabeledTest: { nllPerToken: (await nllOf("unlabeledTest")).nllPerToken },
    }),
    samples: generations.map(({ text }, i) => ({ prompt: run.samplePrompts[i]!, text })),
  };
}
