import { evaluate, type EvaluationRecord, type RunOptions } from "./evaluate.js";
import { checkInteger, checkLength, EvalInputError } from "../errors.js";
import { hashText } from "../decontaminate/minhash.js";
import { mix32 } from "../internal/random.js";
import type { ChoiceRequest, ChoiceTask, GenerateOptions, GenerationTask } from "./task.js";

/** A model that continues text. */
export interface TextGenerator {
  /** One continuation a prompt, in order, without the prompt. May run past a stop string; tasks cut again. */
  generate(prompts: readonly string[], options: GenerateOptions): Promise<readonly string[]>;
}

/** A model that says how likely a continuation is. */
export interface ChoiceScorer {
  /**
   * For each request one log-likelihood a continuation, in nats, in order. Tokenise context + continuation as one text,
   * blanks at the end of the context moved to the continuation, and sum over the tokens after the context's.
   */
  score(requests: readonly ChoiceRequest[]): Promise<readonly (readonly number[])[]>;
}

/** A frozen encoder. */
export interface FeatureExtractor<Image> {
  /** One feature an image, in order, all of one length. */
  extract(images: readonly Image[]): Promise<readonly ArrayLike<number>[]>;
}

/** Options of {@link evaluateGeneration}. */
export interface GenerationRunOptions extends RunOptions {
  /** Samples of each item, for pass@k; ids become `<id>#<sample>`. */
  readonly samples?: number;
  /** Seed of the samples: each gets its own from the run's seed, its item and its number, whatever its batch. */
  readonly seed?: number;
}

/**
 * Runs a text task: asks the generator in batches, writes one line an item, and sums up with error bars.
 * An interrupted run is continued by the same call: no item of the file is asked again, and a torn last line is
 * dropped.
 * @throws {EvalInputError} When the file belongs to another run, an id comes twice, or the generator returns another
 *   number of texts.
 * @example
 * ```ts
 * import { evaluateGeneration } from "@vpt/eval";
 * import { gsm8kTask } from "@vpt/eval/gsm8k";
 * import { textGenerator } from "@vpt/lang/evaluation";
 *
 * const record = await evaluateGeneration(gsm8kTask(), problems, textGenerator(model), { file: "gsm8k.jsonl" });
 * record.metrics.flexible; // { value, stderr, ci95, method }
 * ```
 * @category runners
 */
export function evaluateGeneration<Item>(
  task: GenerationTask<Item>,
  items: readonly Item[],
  generator: TextGenerator,
  options: GenerationRunOptions = {},
): Promise<EvaluationRecord> {
  const { samples = 1, seed, ...run } = options;
  checkInteger("evaluateGeneration: samples", samples, 1);
  if (samples === 1 && seed === undefined) {
    return evaluate(task, items, (prompts) => generator.generate(prompts, task.decoding), run);
  }
  const units = unitsOf(task, items, samples, seed);
  const sampled = onUnits(task, { samples, seed: seed ?? 0 });
  return evaluate(
    sampled,
    units,
    (prompts, at) => generator.generate(prompts, { ...task.decoding, seeds: at.map((i) => units[i]!.seed) }),
    run,
  );
}

function unitsOf<Item>(task: GenerationTask<Item>, items: readonly Item[], samples: number, seed = 0): Unit<Item>[] {
  return items.flatMap((item, i) => {
    const id = task.id(item, i);
    return Array.from({ length: samples }, (_, sample) => ({
      item,
      id: samples === 1 ? id : `${id}#${sample}`,
      seed: sampleSeed(seed, id, sample),
    }));
  });
}

interface Unit<Item> {
  readonly item: Item;
  readonly id: string;
  readonly seed: number;
}

function onUnits<Item>(
  task: GenerationTask<Item>,
  extra: Readonly<Record<string, number>>,
): GenerationTask<Unit<Item>> {
  const { name, protocol, protocolVersion, primaryMetric, decoding } = task;
  return {
    name,
    protocol,
    protocolVersion,
    primaryMetric,
    decoding,
    settings: { ...task.settings, ...extra },
    id: (unit) => unit.id,
    request: (unit) => task.request(unit.item),
    gold: (unit) => task.gold(unit.item),
    score: (response, unit) => task.score(response, unit.item),
    groups: (unit) => task.groups?.(unit.item) ?? [],
  };
}

/** Seed of one sample: a hash of the run's seed, the item and the sample's number. */
const sampleSeed = (seed: number, id: string, sample: number): number => mix32(mix32(seed ^ hashText(id)) + sample);

/**
 * Runs a multiple-choice task over log-likelihoods. Files and continuing as in {@link evaluateGeneration}.
 * @example
 * ```ts
 * import { evaluateChoices } from "@vpt/eval";
 * import { mmluTask } from "@vpt/eval/mmlu";
 * import { choiceScorer } from "@vpt/lang/evaluation";
 *
 * const record = await evaluateChoices(mmluTask(), mmlu, choiceScorer(model));
 * record.metrics.acc; // { value, stderr, ci95, method }
 * ```
 * @category runners
 */
export function evaluateChoices<Item>(
  task: ChoiceTask<Item>,
  items: readonly Item[],
  scorer: ChoiceScorer,
  options: RunOptions = {},
): Promise<EvaluationRecord> {
  return evaluate(task, items, (requests) => scorer.score(requests), options);
}

/** One answer made elsewhere; without an `id` answers are in the order of the items. */
export interface Prediction {
  readonly id?: string;
  readonly output: string;
}

/**
 * Scores text made elsewhere, as `vpt eval --predictions` does: by id where the predictions have one, else in order.
 * With `samples` an item has that many, one after another or with ids `<id>#<sample>`, for pass@k.
 * @throws {EvalInputError} When an item has no prediction, a prediction no item, or an id comes twice.
 * @example
 * ```ts
 * import { scorePredictions } from "@vpt/eval";
 * import { gsm8kTask } from "@vpt/eval/gsm8k";
 *
 * const rows = [{ question: "9 + 9?", answer: "#### 18" }];
 * const record = await scorePredictions(gsm8kTask(), rows, [{ output: "#### 18" }]);
 * ```
 * @category runners
 */
export function scorePredictions<Item>(
  task: GenerationTask<Item>,
  items: readonly Item[],
  predictions: readonly Prediction[],
  options: Pick<RunOptions, "model" | "file"> & { readonly samples?: number } = {},
): Promise<EvaluationRecord> {
  const { samples = 1, ...run } = options;
  checkInteger("scorePredictions: samples", samples, 1);
  return samples === 1
    ? scoreEach(task, items, predictions, run)
    : scoreEach(onUnits(task, { samples }), unitsOf(task, items, samples), predictions, run);
}

function scoreEach<Item>(
  task: GenerationTask<Item>,
  items: readonly Item[],
  predictions: readonly Prediction[],
  options: Pick<RunOptions, "model" | "file">,
): Promise<EvaluationRecord> {
  checkLength("scorePredictions: predictions", predictions.length, items.length, "predictions, one an item");
  const byId = new Map(predictions.map((prediction, i) => [prediction.id ?? task.id(items[i]!, i), prediction.output]));
  const outputs = items.map((item, i) => {
    const output = byId.get(task.id(item, i));
    if (typeof output === "string") return output;
    const received = output === undefined ? "none" : typeof output;
    const where = `scorePredictions: prediction of item ${task.id(item, i)}`;
    throw new EvalInputError({
      where,
      expected: "one object with a text `output`",
      received,
      advice: "Check the ids, or leave them out to go by order",
    });
  });
  return evaluate(task, items, (_, at) => Promise.resolve(at.map((i) => outputs[i]!)), options);
}
