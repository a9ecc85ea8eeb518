import { sampleIndices } from "../internal/random.js";
import { EvalInputError } from "../errors.js";
import type { Estimate } from "../statistics/statistics.js";

/** What one answer scored. Metrics are 0/1 or a number in the metric's own unit. */
export interface ItemScore {
  readonly prediction: string;
  readonly metrics: Readonly<Record<string, number>>;
  /** Why the item could not be loaded, such as a torn file; it then counts in no metric. */
  readonly loadError?: string;
}

/** How text is to be generated. Temperature 0 is greedy. */
export interface GenerateOptions {
  readonly maxNewTokens: number;
  readonly stop: readonly string[];
  readonly temperature: number;
  /** Nucleus mass, when sampling. */
  readonly topP?: number;
  /** One sampling seed a prompt, so that a sample does not depend on its batch. */
  readonly seeds?: readonly number[];
}

/** One benchmark, as far as a runner needs to know it: what to ask about an item and what an answer scores. */
export interface EvalTask<Item, Request, Response> {
  readonly name: string;
  readonly protocol: string;
  readonly protocolVersion: number;
  /** The metric to quote; a key of every score's `metrics`, and `headline` of the record. */
  readonly primaryMetric: string;
  /** Everything that changes what is asked; two runs with other settings are not continued into each other. */
  readonly settings: Readonly<Record<string, unknown>>;
  id(item: Item, index: number): string;
  request(item: Item): Request;
  gold(item: Item): string;
  score(response: Response, item: Item): ItemScore;
  /** What stands for the request where it is too large to hash, such as an image's name. */
  fingerprint?(item: Item): string;
  /** Optional groups that get means of their own, such as a subject. */
  groups?(item: Item): readonly string[];
  /** For scores that are no means over items, such as mIoU: what takes the place of the means, and of the groups. */
  summarize?(responses: readonly Response[]): {
    readonly metrics: Readonly<Record<string, Estimate>>;
    readonly groups?: Readonly<Record<string, Estimate & { readonly n: number }>>;
  };
}

/** A task answered with text. */
export interface GenerationTask<Item> extends EvalTask<Item, string, string> {
  readonly decoding: GenerateOptions;
}

/** A context and the continuations whose log-likelihoods decide. */
export interface ChoiceRequest {
  readonly context: string;
  readonly continuations: readonly string[];
}

/** A task answered with one log-likelihood a continuation. */
export type ChoiceTask<Item> = EvalTask<Item, ChoiceRequest, readonly number[]>;

/** Draws demonstrations once, with a seed; keep the indices in the record of the run. */
export function drawDemonstrations<Item>(
  pool: readonly Item[],
  options: { readonly count: number; readonly seed: number },
): { readonly indices: readonly number[]; readonly demonstrations: readonly Item[] } {
  if (options.count > pool.length) {
    throw new EvalInputError({
      where: "drawDemonstrations: count",
      expected: `at most the pool's ${pool.length} rows`,
      received: String(options.count),
    });
  }
  const indices = sampleIndices(pool.length, options.count, options.seed);
  return { indices, demonstrations: indices.map((i) => pool[i]!) };
}

/** 1 for true, 0 for false. */
export const bit = (value: boolean): number => (value ? 1 : 0);
