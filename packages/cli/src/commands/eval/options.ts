import { VptError } from "@vpt/core";

/** Arguments of every benchmark. */
export const benchmarkArgs = {
  model: { type: "string", description: '"smollm2", a folder, a .gguf file or a Hugging Face id' },
  data: {
    type: "string",
    required: true,
    description:
      'rows: a .jsonl or .parquet file, a folder as the benchmark is shared, a data set of the hub such as openai/gsm8k/main, or "synthetic"',
  },
  split: { type: "string", default: "test", description: "of a folder" },
  limit: { type: "string", description: "rows to read; all by default" },
  batch: { type: "string", default: "8", description: "rows a forward pass" },
  device: { type: "string", default: "auto", description: "auto, cpu, cuda, wasm or js" },
  out: { type: "string", description: "jsonl file of one record an item; an interrupted run is continued from it" },
  json: { type: "boolean", description: "print one JSON object" },
} as const;

/** Arguments of benchmarks that are answered with text. */
export const generationArgs = {
  ...benchmarkArgs,
  predictions: { type: "string", description: "score this jsonl file of { id?, output } instead of asking a model" },
  url: { type: "string", description: "ask --model of an OpenAI-style server, such as http://localhost:8000/v1" },
  shots: { type: "string", description: "solved rows shown before each question; the preset's by default" },
  demonstrations: { type: "string", description: "file or folder that the solved rows come from; needed with --shots" },
  seed: { type: "string", default: "0", description: "of the draw of demonstrations, and of samples" },
  "max-new-tokens": { type: "string", description: "longest answer; the protocol's by default" },
} as const;

/** How GSM8K's question is laid out in the preset `vpt` and for NLL; `prompt` of `vpt train` says the same. */
export const layoutArgs = {
  "newline-blank": { type: "boolean", default: true, description: "a blank between the newline and `Answer:`" },
  "answer-blank": {
    type: "string",
    default: "prompt",
    description: "side of the blank after `Answer:`: prompt or answer",
  },
} as const;

/** {@link layoutArgs} as the packages take them. */
export const layoutOf = (args: { readonly "newline-blank": boolean; readonly "answer-blank": string }) => ({
  newlineBlank: args["newline-blank"],
  answerBlank: oneOf("--answer-blank", args["answer-blank"], ["prompt", "answer"]),
});

/** What citty makes of {@link generationArgs}. */
export interface GenerationArgs {
  readonly model?: string | undefined;
  readonly data: string;
  readonly split: string;
  readonly limit?: string | undefined;
  readonly batch: string;
  readonly device: string;
  readonly out?: string | undefined;
  readonly json?: boolean | undefined;
  readonly predictions?: string | undefined;
  readonly url?: string | undefined;
  readonly shots?: string | undefined;
  readonly demonstrations?: string | undefined;
  readonly seed: string;
  readonly "max-new-tokens"?: string | undefined;
}

/** A whole number, at least `least`. */
export function wholeNumber(name: string, text: string, least = 1): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isInteger(value) && value >= least) return value;
  throw new VptError(`${name}: expected a whole number of at least ${least}, received "${text}"`);
}

/** A number, such as a temperature. */
export function realNumber(name: string, text: string, [least, most]: readonly [number, number]): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= least && value <= most) return value;
  throw new VptError(`${name}: expected a number from ${least} to ${most}, received "${text}"`);
}

/** `--limit`: how many rows; all by default. */
export const limitOf = ({ limit }: { readonly limit?: string | undefined }): number =>
  limit === undefined ? Infinity : wholeNumber("--limit", limit);

/** `--max-new-tokens` as tasks take it; the protocol's by default. */
export const decodingOf = ({ "max-new-tokens": longest }: Pick<GenerationArgs, "max-new-tokens">) => ({
  ...(longest !== undefined && { maxNewTokens: wholeNumber("--max-new-tokens", longest) }),
});

/** One of a few names. */
export function oneOf<const Name extends string>(name: string, text: string, known: readonly Name[]): Name {
  const found = known.find((option) => option === text);
  if (found !== undefined) return found;
  throw new VptError(`${name}: expected one of ${known.join(", ")}, received "${text}"`);
}

/** `--device` as `useBackend` takes it. */
export const deviceOf = (text: string): "auto" | "cpu" | "cuda" | "wasm" | "js" =>
  oneOf("--device", text, ["auto", "cpu", "cuda", "wasm", "js"]);
