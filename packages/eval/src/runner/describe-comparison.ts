import type { Comparison } from "./compare.js";

/**
 * Describes a comparison in two or three lines: the means, their paired difference with its interval, and the tests.
 *
 * @example
 * ```ts
 * import { compareRecords, describeComparison } from "@vpt/eval";
 *
 * console.log(describeComparison(await compareRecords("value.jsonl", "baseline.jsonl")));
 * ```
 * @category runners
 */
export function describeComparison({ metric, n, first, second, difference, signFlip, mcNemar }: Comparison): string {
  const [low, high] = difference.ci95.map((value) => value.toFixed(4));
  return [
    `${metric} over ${n} items: ${first.toFixed(4)} against ${second.toFixed(4)}`,
    `difference ${difference.value.toFixed(4)} [${low}, ${high}] (paired bootstrap), ` +
      `sign-flip p ${signFlip.p.toPrecision(3)}`,
    ...(mcNemar
      ? [
          `only first right ${mcNemar.onlyFirst}, only second ${mcNemar.onlySecond}; ` +
            `McNemar p ${mcNemar.p.toPrecision(3)}`,
        ]
      : []),
  ].join("\n");
}
