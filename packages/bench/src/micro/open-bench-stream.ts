import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { templatedProblems, type Stream } from "@vpt/data";
import { loadLanguageModel, tinyLanguageModel, type Example, type LanguageModel } from "@vpt/lang";
import { resolveModel } from "@vpt/hub";
import { openStreamingCorpus } from "@vpt/train/language";

/** The stream that `vpt bench data` times: a file, or 2,000 self-made problems, tokenised by a model's tokenizer. */
export async function openBenchStream({
  data,
  model,
  tokens,
  log,
}: {
  readonly data: string | undefined;
  readonly model: string;
  readonly tokens: number;
  readonly log: (line: string) => void;
}): Promise<() => Stream<Example>> {
  const loaded: LanguageModel =
    model === "tiny" ? tinyLanguageModel(0) : await loadLanguageModel(await resolveModel(model, { log }));
  tf.dispose(loaded.params);
  const source = { tokens, packing: "split", maskDocuments: false, appendEnd: true, shuffleBuffer: 10_000 } as const;
  const part = { file: data ?? selfMade(), skip: 0, weight: 1, onBadSample: "skip" } as const;
  return openStreamingCorpus({ ...source, streaming: part }, { tokenizer: loaded.tokenizer, seed: 0 });
}

function selfMade(): string {
  const folder = mkdtempSync(join(tmpdir(), "vpt-bench-data-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "problems.jsonl");
  writeFileSync(
    file,
    [...templatedProblems(0, 2000, { split: "stream" })].map((row) => `${JSON.stringify(row)}\n`).join(""),
  );
  return file;
}
