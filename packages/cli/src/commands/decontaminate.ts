import { existsSync, writeFileSync } from "node:fs";
import { VptError } from "@vpt/core";
import { describeDecontamination, maskNumbers } from "@vpt/eval/decontaminate";
import { createProgress } from "@vpt/train";
import { decontaminateFile, namedFiles } from "@vpt/train/language";
import { defineCommand } from "citty";
import * as option from "./eval/options.js";

const options = {
  against: option.required("benchmark files, NAME=FILE or FILE, comma-separated"),
  part: option.choice(["question", "answer"], "what of a training row is compared: question or answer"),
  n: option.whole("words in an n-gram of the similarity test", 5),
  threshold: option.real("Jaccard similarity from which on a row goes", 0.5, [0.01, 0.99]),
  overlap: option.whole("one shared n-gram of so many words is enough; 0: off", 13, 0),
  maskNumbers: option.boolean("every number as 0, no punctuation: finds renumbered clones"),
  dropSources: option.text("sources dropped whole, comma-separated, such as gsm8k,math"),
  split: option.text("of a folder of shards", "train"),
  limit: option.whole("training rows to look at"),
  examples: option.whole("removed pairs to show", 20, 0),
  recall: option.boolean("also measure the search against brute force on 2,000 rows, drawn by the seed"),
  seed: option.whole("of the hashes and the examples", 0, 0),
  out: option.text("jsonl file for the rows that stay: question, answer, source"),
  report: option.text("json file for the whole report"),
  json: option.boolean("print one JSON object"),
};

export const decontaminateCommand = defineCommand({
  meta: {
    name: "decontaminate",
    description:
      "Finds training rows that nearly repeat benchmark rows. " +
      "Example: vpt decontaminate train.jsonl --against gsm8k=test.jsonl",
  },
  args: {
    train: { type: "positional", description: "jsonl, parquet, or a folder of parquet shards", required: true },
    ...option.argsOf(options),
  },
  run: ({ args }) =>
    option.namingFlags(options, async () => {
      const began = Date.now();
      const { log, setStatus } = createProgress();
      const values = option.valuesOf(options, args);
      const { n, threshold, overlap: overlapWords, seed, part, examples, split, limit, out } = values;
      const { report: file } = values;
      if (file !== undefined && existsSync(file)) throw new VptError(`${file}: exists already; name another file`);
      const parameters = { n, threshold, overlapWords, seed };
      const found = await decontaminateFile(String(args["train"]), {
        ...parameters,
        ...(values.maskNumbers && { normalize: maskNumbers }),
        against: namedFiles(values.against),
        part,
        examples,
        split,
        limit,
        out,
        log,
        dropSources: values.dropSources?.split(",") ?? [],
        recallSample: values.recall ? 2e3 : 0,
        onProgress: (documents) => documents % 1e4 === 0 && setStatus(`${documents} rows read`),
      });
      const seconds = (Date.now() - began) / 1000;
      const { kept, removed, parameters: bands, droppedBySource, counts, sources, examples: shown } = found.report;
      const report = {
        documents: found.documents,
        seconds,
        kept: kept.length,
        removed: removed.length,
        droppedBySource,
        counts,
        sources,
        parameters: {
          ...parameters,
          part,
          maskNumbers: values.maskNumbers,
          ...bands,
        },
        ...(found.recall && { recall: found.recall }),
        examples: shown,
      };
      if (file !== undefined) writeFileSync(file, `${JSON.stringify({ ...report, removed }, null, 2)}\n`);
      console.log(values.json ? JSON.stringify(report) : describeDecontamination(found, seconds));
    }),
});
