import { randomFromSeed } from "@vpt/core";
import { mapStream, mix, packExamples, repeat, shuffle, slice, type Stream, type TokenizedExample } from "@vpt/data";
import { promptIds, questionAnswerIds, type Example, type PromptLayout, type Tokenizer } from "@vpt/lang";
import type { CorpusPart, CorpusSource } from "./config.js";
import { logSkipped } from "./log-skipped.js";
import { readRows, type Row } from "./read-rows.js";
import { recordFiles } from "./record-files.js";

/** What a corpus is read with. */
export interface OpenCorpusOptions {
  readonly tokenizer: Pick<Tokenizer, "encode" | "eos" | "begin" | "chatTemplate" | "files">;
  readonly seed: number;
  /** How questions are laid out. */
  readonly prompt?: PromptLayout | undefined;
  /** Such records are left out. */
  readonly leaveOut?: (row: Row) => boolean;
  /** Called with what is fetched, and with the first records that `onBadSample: "skip"` leaves out. */
  readonly log?: (line: string) => void;
}

interface OpenPartOptions extends OpenCorpusOptions {
  readonly name: string;
  readonly onSkip: ((message: string) => void) | undefined;
}

/**
 * A corpus as an endless stream of rows of T tokens. Each part is read, shuffled, tokenised and packed by itself, and
 * rows are mixed by weight: a weight is a share of the tokens. Everything is drawn from `seed`; the state of the stream
 * is its place, buffers included, so that a resumed run sees the same rows.
 *
 * @returns A function that opens the stream at its start: each method has its own. Files of data sets are fetched
 *   before.
 */
export async function openStreamingCorpus(
  source: CorpusSource,
  options: OpenCorpusOptions,
): Promise<() => Stream<Example>> {
  const parts = [source.streaming].flat();
  const onSkip = options.log && logSkipped(options.log);
  const files: (string | readonly string[])[] = [];
  for (const part of parts) files.push(await recordFiles(part, options.log));
  return () => {
    const streams = parts.map((part, i) =>
      rowsOf(part, files[i]!, source, { ...options, onSkip, name: `corpus ${i}` }),
    );
    if (streams.length === 1) return streams[0]!;
    const weighted = streams.map((stream, i) => ({ stream, weight: parts[i]!.weight }));
    return mix(weighted, { random: randomFromSeed(options.seed, "corpus mixture") });
  };
}

function rowsOf(
  part: CorpusPart,
  files: string | readonly string[],
  { tokens: length, packing, maskDocuments, appendEnd, shuffleBuffer: size }: CorpusSource,
  { tokenizer, seed, name, leaveOut, onSkip, prompt: layout }: OpenPartOptions,
): Stream<Example> {
  const { skip, limit = Infinity } = part;
  const all = slice(readRows(part, files, onSkip), skip, skip + limit);
  // Before `repeat`, so that an epoch of which nothing is left is an error and no endless search
  const records = leaveOut ? mapStream(all, (row) => (leaveOut(row) ? undefined : row)) : all;
  const shuffled = shuffle(repeat(records), { random: randomFromSeed(seed, name), size });
  const tokenised = mapStream(shuffled, ({ question, answer }): TokenizedExample => {
    if (question !== undefined) return questionAnswerIds(tokenizer, { question, answer }, layout);
    return { prompt: [], answer: promptIds(tokenizer, answer) };
  });
  const eos = appendEnd ? tokenizer.eos : undefined;
  const packed = packExamples(tokenised, { length, packing, ...(eos !== undefined && { eos }) });
  return mapStream(packed, ({ document, ...row }): Example => (maskDocuments ? { ...row, document } : row));
}
