import { createWriteStream, existsSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { pipeline } from "node:stream/promises";
import { randomFromSeed, VptError, type Random } from "@vpt/core";
import { type QuestionRecord, loadItems } from "@vpt/data";
import { readProblems } from "@vpt/data/parquet";
import {
  createDecontaminator,
  lshRecall,
  maskNumbers,
  type DecontaminationReport,
  type LshRecall,
} from "@vpt/eval/decontaminate";
import { defineCommand } from "citty";
import { createProgress } from "@vpt/train";
import { textOf } from "@vpt/eval/rows";
import { limitOf, oneOf, realNumber, wholeNumber } from "./eval/options.js";

const parts = ["question", "answer"] as const;

export const decontaminateCommand = defineCommand({
  meta: {
    name: "decontaminate",
    description:
      "Finds training rows that nearly repeat benchmark rows. Example: vpt decontaminate train.jsonl --against gsm8k=test.jsonl",
  },
  args: {
    train: { type: "positional", description: "jsonl, parquet, or a folder of parquet shards", required: true },
    against: { type: "string", description: "benchmark files, NAME=FILE or FILE, comma-separated", required: true },
    part: {
      type: "string",
      default: "question",
      description: "what of a training row is compared: question or answer",
    },
    n: { type: "string", default: "5", description: "words in an n-gram of the similarity test" },
    threshold: { type: "string", default: "0.5", description: "Jaccard similarity from which on a row goes" },
    overlap: { type: "string", default: "13", description: "one shared n-gram of so many words is enough; 0: off" },
    "mask-numbers": { type: "boolean", description: "every number as 0, no punctuation: finds renumbered clones" },
    "drop-sources": { type: "string", description: "sources dropped whole, comma-separated, such as gsm8k,math" },
    split: { type: "string", default: "train", description: "of a folder of shards" },
    limit: { type: "string", description: "training rows to look at" },
    examples: { type: "string", default: "20", description: "removed pairs to show" },
    recall: {
      type: "boolean",
      description: "also measure the search against brute force on 2,000 rows, drawn by the seed",
    },
    seed: { type: "string", default: "0", description: "of the hashes and the examples" },
    out: { type: "string", description: "jsonl file for the rows that stay: question, answer, source" },
    report: { type: "string", description: "json file for the whole report" },
    json: { type: "boolean", description: "print one JSON object" },
  },
  async run({ args }) {
    const began = Date.now();
    const progress = createProgress();
    for (const file of [args.out, args.report])
      if (file !== undefined && existsSync(file)) throw new VptError(`${file}: exists already; name another file`);
    const part = oneOf("--part", args.part, parts);
    const limit = limitOf(args);
    const options = {
      n: wholeNumber("--n", args.n),
      threshold: realNumber("--threshold", args.threshold, [0.01, 0.99]),
      overlapWords: wholeNumber("--overlap", args.overlap, 0),
      seed: wholeNumber("--seed", args.seed, 0),
      ...(args["mask-numbers"] && { normalize: maskNumbers }),
    };
    const testSets = await readTestSets(args.against);
    const dropSources = args["drop-sources"]?.split(",") ?? [];
    const examples = wholeNumber("--examples", args.examples, 0);
    const decontaminator = createDecontaminator(testSets, { ...options, dropSources, examples });
    const sample = reservoir<string>(args.recall ? 2000 : 0, randomFromSeed(options.seed, "recall"));
    let documents = 0;
    for await (const row of rowsOf(args.train, args.split, limit)) {
      decontaminator.keep({ text: row[part], ...(row.source !== undefined && { source: row.source }) });
      sample.add(row[part]);
      if (++documents % 10_000 === 0) progress.setStatus(`${documents} rows read`);
    }
    progress.log(
      `${documents} rows against ${Object.entries(testSets)
        .map(([name, { length }]) => `${name} (${length})`)
        .join(", ")}`,
    );
    const found = decontaminator.report();
    const seconds = (Date.now() - began) / 1000;
    const recall = args.recall ? lshRecall(sample.items, Object.values(testSets).flat(), options) : undefined;
    if (args.out !== undefined) await writeKept(args.out, rowsOf(args.train, args.split, limit), found.kept);
    const { normalize: _, ...parameters } = { ...options, part, maskNumbers: args["mask-numbers"] === true };
    const report = describe(found, { parameters, documents, seconds, recall });
    if (args.report !== undefined)
      writeFileSync(args.report, `${JSON.stringify({ ...report, removed: found.removed }, null, 2)}\n`);
    console.log(args.json ? JSON.stringify(report) : inWords(report));
  },
});

/** A uniform sample of what is added, in one pass. */
function reservoir<Item>(size: number, random: Random): { readonly items: readonly Item[]; add(item: Item): void } {
  const items: Item[] = [];
  let seen = 0;
  return {
    items,
    add(item) {
      const place = seen < size ? seen : random.integer(seen + 1);
      seen++;
      if (place < size) items[place] = item;
    },
  };
}

async function* rowsOf(path: string, split: string, limit: number): AsyncGenerator<QuestionRecord> {
  let count = 0;
  for await (const row of readProblems(path, { split })) {
    if (count++ >= limit) return;
    yield row;
  }
}

/** Texts of each benchmark by name: the question of every row. */
async function readTestSets(against: string): Promise<Record<string, readonly string[]>> {
  const sets: Record<string, readonly string[]> = {};
  for (const each of against.split(",")) {
    const [, name, file] = /^(?:([^=/]+)=)?(.+)$/.exec(each) ?? [];
    if (file === undefined) throw new VptError(`--against: expected NAME=FILE, received "${each}"`);
    const label = name ?? basename(file).replace(/\.\w+$/, "");
    if (Object.hasOwn(sets, label))
      throw new VptError(`--against: two sets are called "${label}"; name them NAME=FILE`);
    sets[label] = await loadItems(file, (row) => textOf(row, "question", "problem", "instruction"));
  }
  return sets;
}

async function writeKept(path: string, rows: AsyncIterable<object>, kept: readonly number[]): Promise<void> {
  const stay = new Set(kept);
  const lines = async function* (): AsyncGenerator<string> {
    let position = 0;
    for await (const row of rows) if (stay.has(position++)) yield `${JSON.stringify(row)}\n`;
  };
  await pipeline(lines, createWriteStream(path, { flags: "wx" }));
}

type Report = ReturnType<typeof describe>;

function describe(
  { kept, removed, droppedBySource, counts, sources, examples, parameters: bands }: DecontaminationReport,
  about: {
    readonly parameters: Readonly<Record<string, unknown>>;
    readonly documents: number;
    readonly seconds: number;
    readonly recall: LshRecall | undefined;
  },
) {
  const { recall, parameters, ...rest } = about;
  const totals = { kept: kept.length, removed: removed.length, droppedBySource };
  return {
    ...rest,
    ...totals,
    counts,
    sources,
    parameters: { ...parameters, ...bands },
    ...(recall && { recall }),
    examples,
  };
}

function inWords({
  documents,
  seconds,
  kept,
  removed,
  droppedBySource,
  counts,
  sources,
  recall,
  examples,
}: Report): string {
  const short = (text: string): string => {
    const line = text.replace(/\s+/g, " ");
    return line.length > 110 ? `${line.slice(0, 109)}…` : line;
  };
  const named = Object.entries(sources).filter(([name]) => name !== "");
  return [
    `${documents} rows in ${seconds.toFixed(1)} s: ${kept} stay, ${removed} repeat a benchmark, ${droppedBySource} dropped by source`,
    ...Object.entries(counts).map(
      ([name, { jaccard, overlap }]) => `  ${name}: ${jaccard} by similarity, ${overlap} by overlap`,
    ),
    ...named.map(([name, { before, after }]) => `  source ${name}: ${before} before, ${after} after`),
    ...(recall && recall.pairs > 0
      ? [
          `  search found ${recall.recall.toFixed(3)} of ${recall.pairs} similar pairs (${recall.expected.toFixed(3)} promised)`,
        ]
      : []),
    ...examples.flatMap(({ document, testSet, rule, jaccard, text, against }) => [
      `row ${document}, ${testSet}, ${rule}${jaccard === null ? "" : `, J ${jaccard.toFixed(2)}`}`,
      `  train: ${short(text)}`,
      `  test:  ${short(against)}`,
    ]),
  ].join("\n");
}
