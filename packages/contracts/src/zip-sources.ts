import type { MicroBatches } from "./contracts.js";
import { VptError } from "./errors.js";
import { nextOfEach } from "./next-of-each.js";
import type { BatchSource } from "./batch-source.js";

/**
 * One batch of each source a step, as its micro-batches in their order: the streams of several domains, each with a
 * feedback of its own. The state is that of all sources. Ends with the first source that does.
 *
 * @throws {VptError} When there are no sources, or a state is of another number of them.
 * @example
 * ```ts
 * import { vPretrain, zipSources } from "@vpt/core";
 * import { exampleBatches, lmFeedback } from "@vpt/lang";
 *
 * const [math, code] = [rows.slice(0, 512), rows.slice(512)];
 * const batches = zipSources([math, code].map((domain) => exampleBatches(domain, { batchSize: 4, seed: 0 })));
 * const feedback = [gsm8k, examples].map((domain) => lmFeedback(config, { examples: domain }));
 * await vPretrain({ ...options, batches, value: { ...value, feedback } });
 * ```
 * @see arXiv 2601.22108v2, equations 44–46: each domain has its own unlabeled and its own feedback batch.
 * @category training
 */
export function zipSources<Batch>(sources: readonly BatchSource<Batch>[]): BatchSource<MicroBatches<Batch>> {
  if (sources.length === 0) throw new VptError("zipSources: no sources; give at least one");
  return {
    async next() {
      const microBatches = await nextOfEach(sources);
      return microBatches && { microBatches };
    },
    state: () => sources.map((source) => source.state()),
    async restore(state) {
      if (!Array.isArray(state) || state.length !== sources.length) {
        throw new VptError(`zipSources: ${sources.length} sources; the saved state is not of as many`);
      }
      for (const [i, source] of sources.entries()) await source.restore(state[i]);
    },
    close: async () => void (await Promise.all(sources.map(async (source) => source.close?.()))),
  };
}
