import type { StreamDecontamination } from "./decontaminate.js";

/**
 * Describes in lines of text what was dropped and why, with the drawn examples.
 *
 * @example
 * ```ts
 * import { readJsonl } from "@vpt/data";
 * import { decontaminateStream, describeDecontamination, type TrainDocument } from "@vpt/eval/decontaminate";
 *
 * const testSets = { gsm8k: problems.map(({ question }) => question) };
 * const found = await decontaminateStream(readJsonl<TrainDocument>("train.jsonl"), testSets);
 * console.log(describeDecontamination(found, 12.5));
 * ```
 * @category report
 */
export function describeDecontamination({ report, documents, recall }: StreamDecontamination, seconds: number): string {
  const { kept, removed, droppedBySource, counts, sources, examples } = report;
  const named = Object.entries(sources).filter(([name]) => name !== "");
  return [
    `${documents} rows in ${seconds.toFixed(1)} s: ${kept.length} stay, ${removed.length} repeat a benchmark, ` +
      `${droppedBySource} dropped by source`,
    ...Object.entries(counts).map(
      ([name, { jaccard, overlap }]) => `  ${name}: ${jaccard} by similarity, ${overlap} by overlap`,
    ),
    ...named.map(([name, { before, after }]) => `  source ${name}: ${before} before, ${after} after`),
    ...(recall && recall.pairs > 0
      ? [
          `  search found ${recall.recall.toFixed(3)} of ${recall.pairs} similar pairs ` +
            `(${recall.expected.toFixed(3)} promised)`,
        ]
      : []),
    ...examples.flatMap(({ document, testSet, rule, jaccard, text, against }) => [
      `row ${document}, ${testSet}, ${rule}${jaccard === null ? "" : `, J ${jaccard.toFixed(2)}`}`,
      `  train: ${short(text)}`,
      `  test:  ${short(against)}`,
    ]),
  ].join("\n");
}

const short = (text: string): string => {
  const line = text.replace(/\s+/g, " ");
  return line.length > 110 ? `${line.slice(0, 109)}…` : line;
};
