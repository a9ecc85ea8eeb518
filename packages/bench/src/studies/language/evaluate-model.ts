import { useBackend } from "@vpt/backend";
import { type LoadOptions, loadItems } from "@vpt/data";
import { evaluateChoices, evaluateGeneration, type EvaluationRecord } from "@vpt/eval";
import { gsm8kTask } from "@vpt/eval/gsm8k";
import { mmluTask } from "@vpt/eval/mmlu";
import { omegaTask, summarize as summarizeOmega, type OmegaItem } from "@vpt/eval/omega";
import { countSamples, passAtK } from "@vpt/eval/pass-at-k";
import { gsm8kItem, omegaItem } from "@vpt/eval/rows";
import { bootstrapMean } from "@vpt/eval/statistics";
import { resolveModel } from "@vpt/hub";
import { loadLanguageModel } from "@vpt/lang";
import { choiceScorer, textGenerator } from "@vpt/lang/evaluation";
import { compile, type Progress, showTimeLeft } from "@vpt/train";
import type { Score } from "./language-rows.js";
import { loadMmlu } from "./load-mmlu.js";
import { mmluScores } from "./mmlu-scores.js";
import type { EvalCommand } from "./study-command.js";

const batchSize = 8;

/** Asks an exported model one benchmark; an interrupted evaluation continues from the command's `out`. */
export async function evaluateModel(
  command: EvalCommand,
  progress: Progress,
): Promise<Readonly<Record<string, Score>>> {
  await useBackend({ device: "auto", log: progress.log });
  const model = await loadLanguageModel(await resolveModel(command.model, { log: progress.log }));
  const onProgress = showTimeLeft(progress, (done, total) => `${command.part}: ${done}/${total}`);
  const options = { model: command.model, batchSize, file: command.out, onProgress };
  const generator = textGenerator(model, { batchSize, compile });
  const { newTokens, samples = 1, split = "test" } = command;
  const decoding = newTokens === undefined ? {} : { maxNewTokens: newTokens };
  const load: LoadOptions = { limit: command.limit ?? Infinity, split };
  switch (command.part) {
    case "gsm8k": {
      const items = await loadItems(command.data, gsm8kItem, load);
      return {
        "GSM8K, flexible": primary(await evaluateGeneration(gsm8kTask({ decoding }), items, generator, options)),
      };
    }
    case "mmlu": {
      const items = await loadMmlu(command.data, { ...load, subjects: command.subjects });
      const scorer = choiceScorer(model, { batchSize, compile });
      return mmluScores(await evaluateChoices(mmluTask({ style: "lm-eval" }), items, scorer, options));
    }
    case "omega": {
      const items = await omegaItems(command.data, split, load.limit!);
      const record = await evaluateGeneration(omegaTask({ decoding }), items, generator, options);
      const { macro } = summarizeOmega(record.groups);
      return { [`OMEGA ${split}, macro`]: { value: macro.value, ci95: macro.ci95, n: record.n } };
    }
    case "passk": {
      const items = await loadItems(command.data, gsm8kItem, load);
      const task = gsm8kTask({ decoding: { temperature: 0.7, topP: 0.95, ...decoding } });
      const record = await evaluateGeneration(task, items, generator, { ...options, samples, seed: 0 });
      return passAtKScores(record, command.ks ?? [1]);
    }
  }
}

const primary = ({ headline, metrics, n }: EvaluationRecord): Score => {
  const { value, ci95 } = metrics[headline]!;
  return { value, ci95, n };
};

/** Pass@k of each k, with an interval over questions. */
function passAtKScores(record: EvaluationRecord, ks: readonly number[]): Record<string, Score> {
  const problems = countSamples(record.perItem);
  const scores = ks.map((k) => {
    const { value, ci95 } = bootstrapMean(problems.map(({ n, c }) => passAtK(n, c, k)));
    return [`pass@${k}`, { value, ci95, n: problems.length }] as const;
  });
  return Object.fromEntries(scores);
}

/** The questions of every configuration of a folder, `limit` of each. */
const omegaItems = (folder: string, split: string, limit: number): Promise<OmegaItem[]> =>
  loadItems(
    folder,
    (row, configuration = "", index) => {
      const item = omegaItem(row);
      return { ...item, id: `${configuration}/${item.id ?? index}`, setting_key: configuration };
    },
    { split, limit, limitPer: "configuration" },
  );
