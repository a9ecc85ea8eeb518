import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { randomFromSeed, VptError } from "@vpt/contracts";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, describe, expect, it } from "vitest";
import { shuffle } from "../shuffle.js";
import { readParquet, readProblems } from "./index.js";

const folder = mkdtempSync(join(tmpdir(), "vpt-parquet-"));
afterAll(() => rmSync(folder, { recursive: true }));

const fixture = (codec: string): string =>
  fileURLToPath(new URL(`../__fixtures__/problems-${codec}.parquet`, import.meta.url));
const problem = (i: number) => ({ problem: `What is ${i} + 1? ±∑`, solution: `It is $\\boxed{${i + 1}}$.` });

/** `count` rows from `first` on in groups of 4, one of them with an empty solution where `bad` says so. */
const write = (name: string, first: number, count: number, bad = -1): string => {
  const rows = Array.from({ length: count }, (_, i) => problem(first + i));
  const path = join(folder, name);
  const buffer = parquetWriteBuffer({
    columnData: [
      { name: "problem", data: rows.map((row) => row.problem), type: "STRING" },
      { name: "solution", data: rows.map((row, i) => (first + i === bad ? "" : row.solution)), type: "STRING" },
      { name: "messages", data: rows.map(() => "repeated"), type: "STRING" },
      { name: "label", data: rows.map((_, i) => BigInt(i)), type: "INT64" },
    ],
    rowGroupSize: 4,
  });
  writeFileSync(path, new Uint8Array(buffer));
  return path;
};
const all = async <T>(stream: AsyncIterable<T>): Promise<T[]> => {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
};

describe("readParquet", () => {
  it.each(["none", "snappy", "gzip", "brotli", "zstd", "lz4"])("reads what pyarrow wrote, %s", async (codec) => {
    const rows = await all(readParquet(fixture(codec)));
    expect(rows).toHaveLength(10);
    rows.forEach((row, i) =>
      expect(row).toEqual({
        ...problem(i),
        source: i % 2 === 0 ? "gsm8k" : null,
        choices: ["a", `${i}`],
        answer: i === 9 ? "9007199254740993" : i, // 2⁵³ + 1
        messages: [{ content: problem(i).problem, role: "user" }],
      }),
    );
  });

  it("goes on from a saved place, at every row of two files", async () => {
    const files = [write("a.parquet", 0, 9), write("b.parquet", 9, 5)];
    const open = () =>
      shuffle(readParquet(files, { columns: ["problem"] }), { random: randomFromSeed(3, "p"), size: 3 });
    const whole = await all(open());
    expect(whole).toHaveLength(14);
    for (let cut = 0; cut <= 14; cut++) {
      const first = open();
      for (let i = 0; i < cut; i++) await first.next();
      const saved = JSON.parse(JSON.stringify(first.state()));
      const again = open();
      again.restore(saved);
      expect(await all(again)).toEqual(whole.slice(cut));
    }
  });

  it("names a bad row, or counts it", async () => {
    const path = write("bad.parquet", 0, 150, 6);
    const options = { fields: ["solution"] };
    await expect(all(readParquet(path, options))).rejects.toThrow(/bad\.parquet:6: field "solution" is empty/);
    const skipping = readParquet(path, { ...options, onBadSample: "skip" });
    expect(await all(skipping)).toHaveLength(149);
    expect(skipping.counts()).toEqual({ rows: 150, bad: 1 });
    const strict = readParquet(path, { ...options, onBadSample: "skip", maxCorruptFraction: 0.001 });
    await expect(all(strict)).rejects.toThrow(/1 of 150 rows are bad/);
  });

  it("refuses a missing column, a missing file and a file that changed", async () => {
    const path = write("c.parquet", 0, 8);
    await expect(readParquet(path, { columns: ["text"] }).next()).rejects.toThrow(/no column "text"; it has problem,/);
    await expect(readParquet(join(folder, "none.parquet")).next()).rejects.toThrow(/ENOENT/);
    const stream = readParquet(path);
    await stream.next();
    const place = stream.state();
    write("c.parquet", 0, 12);
    const again = readParquet(path);
    again.restore(place);
    await expect(again.next()).rejects.toThrow(/has changed; start over/);
  });

  it("ends in one clear error on 600 damaged files", async () => {
    const random = randomFromSeed(0, "damage");
    const seeds = ["snappy", "zstd", "gzip"].map((codec) => readFileSync(fixture(codec)));
    const path = join(folder, "damaged.parquet");
    for (let i = 0; i < 600; i++) {
      let bytes = Uint8Array.from(seeds[i % seeds.length]!);
      for (let change = random.integer(4); change >= 0; change--)
        bytes[random.integer(bytes.length)] = random.integer(256);
      if (i % 5 === 0) bytes = bytes.slice(0, random.integer(bytes.length));
      writeFileSync(path, bytes);
      const outcome = await all(readParquet(path)).catch((error: unknown) => error);
      if (!Array.isArray(outcome)) expect(VptError.isInstance(outcome), String((outcome as Error).stack)).toBe(true);
    }
  });
});

describe("readProblems", () => {
  it("reads shards of a split in order, jsonl and parquet alike", async () => {
    write("train-00001-of-00002.parquet", 5, 3);
    write("train-00000-of-00002.parquet", 0, 5);
    write("test-00000-of-00001.parquet", 50, 2);
    const expected = Array.from({ length: 8 }, (_, i) => ({
      question: problem(i).problem,
      answer: problem(i).solution,
    }));
    expect(await all(readProblems(folder))).toEqual(expected);
    expect(await all(readProblems(folder, { split: "test" }))).toHaveLength(2);
    const lines = join(folder, "problems.jsonl");
    writeFileSync(lines, expected.map((_, i) => JSON.stringify(problem(i))).join("\n"));
    expect(await all(readProblems(lines))).toEqual(expected);
    expect(() => readProblems(folder, { split: "dev" })).toThrow(/no file of the split "dev"/);
    expect(() => readProblems(join(folder, "nothing"))).toThrow(/no such file/);
  });

  it("reads the layouts of converted copies and of a data folder", async () => {
    const shard = (path: string, ...rows: [number, number]) => {
      mkdirSync(join(folder, dirname(path)), { recursive: true });
      return write(path, ...rows);
    };
    shard("converted/default/test/0001.parquet", 2, 1);
    shard("converted/default/test/0000.parquet", 0, 2);
    shard("repository/data/train-00000-of-00001.parquet", 7, 2);
    const questions = async (path: string, split: string) =>
      (await all(readProblems(join(folder, path), { split }))).map(({ question }) => question);
    const three = [0, 1, 2].map((i) => problem(i).problem);
    expect(await questions("converted/default", "test")).toEqual(three);
    expect(await questions("converted/default/test", "test")).toEqual(three); // the folder is the split
    expect(await questions("repository", "train")).toEqual([7, 8].map((i) => problem(i).problem));
    expect(() => readProblems(join(folder, "converted"), { split: "test" })).toThrow(/no file of the split "test"/);
  });
});
