import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { byteTokenizer, type Example } from "@vpt/lang";
import type { Json, Stream } from "@vpt/data";
import { afterAll, describe, expect, it } from "vitest";
import { parseRunConfig } from "./config.js";
import type { CorpusSource } from "./config.js";
import { openStreamingCorpus } from "./open-streaming-corpus.js";
import type { Row } from "./read-rows.js";

const folder = mkdtempSync(join(tmpdir(), "vpt-open-corpus-"));
afterAll(() => rmSync(folder, { recursive: true }));
const tokenizer = byteTokenizer();
const write = (name: string, rows: readonly object[]): string => {
  writeFileSync(join(folder, name), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  return join(folder, name);
};
const numbered = (letter: string, count: number) =>
  Array.from({ length: count }, (_, i) => ({ question: `${letter}${i}?`, answer: `<<x>>${letter}${i}!` }));
const a = write("a.jsonl", numbered("a", 20));
const b = write("b.jsonl", numbered("b", 5));
const texts = write("texts.jsonl", [{ body: "whole text one" }, { body: "whole text two" }]);

const corpusOf = (stream: object): CorpusSource => {
  const rest = { feedback: { synthetic: "problems" }, test: { synthetic: "problems" } };
  return parseRunConfig({ data: { unlabeled: stream, ...rest } }, "test").data.unlabeled as CorpusSource;
};
const open = async (stream: object, leaveOut?: (row: Row) => boolean): Promise<Stream<Example>> =>
  (await openStreamingCorpus(corpusOf(stream), { tokenizer, seed: 1, ...(leaveOut && { leaveOut }) }))();
const take = async (stream: Stream<Example>, count: number): Promise<Example[]> => {
  const rows: Example[] = [];
  while (rows.length < count) rows.push((await stream.next())!);
  return rows;
};
/** The counted tokens of a row as text, records apart. */
const learned = ({ labels, lossMask }: Example): string =>
  [...labels]
    .filter((_, t) => lossMask[t] === 1)
    .map((id) => (id === 256 ? "|" : String.fromCharCode(id)))
    .join("");

describe("openStreamingCorpus", () => {
  it("has the paper's defaults: rows of 1,024 tokens end to end, a buffer of 10,000, no mask", async () => {
    const source = corpusOf({ streaming: { file: a } });
    expect(source).toMatchObject({ tokens: 1024, packing: "split", shuffleBuffer: 10_000, maskDocuments: false });
    const [row] = await take(await open({ streaming: { file: a } }), 1);
    expect(row!.ids.length).toBe(1024);
    expect(row!.document).toBeUndefined();
  });

  it("learns answers alone, without what is stripped, and ends them; without a buffer each once an epoch", async () => {
    const corpus = { file: a, strip: "<<[^>]*>>", skip: 2, limit: 7 };
    const rows = await take(await open({ streaming: corpus, tokens: 40, packing: "none", shuffleBuffer: 1 }), 14);
    const epoch = Array.from({ length: 7 }, (_, i) => `a${i + 2}!|`);
    expect(rows.map(learned)).toEqual([...epoch, ...epoch]);
    const whole = new TextDecoder().decode(Uint8Array.from(rows[0]!.ids.filter((id) => id > 0 && id < 256)));
    expect(whole).toMatch(/^Question: a(\d)\?\n Answer: a\1!$/);
  });

  it("learns every token of whole texts, and marks them where they are to be apart", async () => {
    const corpus = { file: texts, text: "body" };
    const [row] = await take(await open({ streaming: corpus, tokens: 29, maskDocuments: true, shuffleBuffer: 1 }), 1);
    expect(learned(row!)).toBe("hole text one|whole text two|"); // the first of all has nothing before it
    expect([...new Set(row!.document)]).toEqual([1, 2]);
  });

  it("mixes parts by their share of rows", async () => {
    const corpus = [
      { file: a, weight: 7 },
      { file: b, weight: 3 },
    ];
    const rows = await take(await open({ streaming: corpus, tokens: 32, packing: "none" }), 2000);
    const share = rows.filter((row) => learned(row).includes("a")).length / 2000;
    expect(Math.abs(share - 0.7)).toBeLessThan(4 * Math.sqrt((0.7 * 0.3) / 2000));
  });

  it("goes on exactly from a place that went through JSON, and each method begins at the start", async () => {
    const stream = { streaming: [{ file: a }, { file: texts, text: "body" }], tokens: 16, shuffleBuffer: 4 };
    const opened = await openStreamingCorpus(corpusOf(stream), { tokenizer, seed: 1 });
    const whole = await take(opened(), 30);
    expect(await take(opened(), 30)).toEqual(whole);
    const cut = opened();
    await take(cut, 13);
    const again = opened();
    again.restore(JSON.parse(JSON.stringify(cut.state())) as Json);
    expect(await take(again, 17)).toEqual(whole.slice(13));
  });

  it("leaves out what the test asks, and says so when nothing is left", async () => {
    const rows = await take(
      await open({ streaming: { file: b }, tokens: 40, packing: "none" }, ({ question }) => question !== "b3?"),
      4,
    );
    expect(new Set(rows.map(learned))).toEqual(new Set(["<<x>>b3!|"]));
    const none = await open({ streaming: { file: b } }, () => true);
    await expect(none.next()).rejects.toThrow("the source has no items");
  });

  it("drops records by their source", async () => {
    const mixed = write(
      "sources.jsonl",
      numbered("s", 12).map((row, i) => ({ ...row, source: i % 2 ? "gsm8k" : "aops" })),
    );
    const corpus = { file: mixed, dropSource: "^gsm8k$" };
    const rows = await take(await open({ streaming: corpus, tokens: 40, packing: "none", shuffleBuffer: 1 }), 6);
    expect(rows.map(learned)).toEqual([0, 2, 4, 6, 8, 10].map((i) => `<<x>>s${i}!|`));
  });

  it("counts bad records where it is told to", async () => {
    const bad = write("bad.jsonl", [...numbered("c", 200), { question: "no answer" }]);
    await expect(take(await open({ streaming: { file: bad } }), 1)).rejects.toThrow("bad.jsonl:201");
    const said: string[] = [];
    const source = corpusOf({ streaming: { file: bad, onBadSample: "skip" } });
    const opened = await openStreamingCorpus(source, { tokenizer, seed: 1, log: (line) => said.push(line) });
    expect(await take(opened(), 1)).toHaveLength(1);
    expect(said).toEqual([expect.stringMatching(/^left out .*bad\.jsonl:201: /)]);
  });
});
