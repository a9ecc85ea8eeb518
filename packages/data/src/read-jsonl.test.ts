import { appendFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { readJsonl, type ReadJsonlOptions } from "./read-jsonl.js";
import { createLineReader } from "./read-lines.js";
import type { Stream } from "./stream.js";

const scratch = mkdtempSync(join(tmpdir(), "vpt-data-"));
afterAll(() => rmSync(scratch, { recursive: true }));
let files = 0;
const file = (content: string | Uint8Array): string => {
  const path = join(scratch, `${files++}.jsonl`);
  writeFileSync(path, content);
  return path;
};
const all = async <T>(stream: Stream<T>): Promise<T[]> => {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
};
const read = (content: string | Uint8Array, options?: ReadJsonlOptions<unknown>) =>
  all(readJsonl(file(content), options));

describe("readJsonl", () => {
  it("takes blank lines, CRLF, a byte order mark and a missing last newline", async () => {
    expect(await read('\ufeff{"a":1}\r\n\n  \n{"a":"é\\n"}')).toEqual([{ a: 1 }, { a: "é\n" }]);
    expect(await read("")).toEqual([]);
  });

  it("goes on exactly from any line", async () => {
    const path = file(Array.from({ length: 20 }, (_, i) => `{"i":${i},"text":"${"é".repeat(i)}"}`).join("\n\n"));
    const whole = await all(readJsonl(path));
    for (let cut = 0; cut <= 20; cut++) {
      const first = readJsonl(path);
      for (let i = 0; i < cut; i++) await first.next();
      const second = readJsonl(path);
      second.restore(JSON.parse(JSON.stringify(first.state())));
      expect(await all(second)).toEqual(whole.slice(cut));
      expect(second.counts()).toEqual({ lines: 39, bad: 0 });
    }
  });

  it.each<[string, string | Uint8Array, RegExp]>([
    ["broken JSON", '{"a":"b"}\n\n{"a":', /\.jsonl:3: .*JSON/],
    [
      "invalid UTF-8",
      Uint8Array.of(...Buffer.from('{"a":"b"}\n{"a":"'), 0xff, ...Buffer.from('"}')),
      /\.jsonl:2: the line is not UTF-8/,
    ],
    ["a list", "[1]", /\.jsonl:1: expected a JSON object/],
    ["a missing field", '{"b":"c"}', /\.jsonl:1: field "a" is missing, expected text/],
    ["a field that is no text", '{"a":3}', /\.jsonl:1: field "a" is a number, expected text/],
    ["an empty field", '{"a":" "}', /\.jsonl:1: field "a" is empty/],
    ["an inherited field", '{"b":1,"__proto__":{"a":"x"}}', /field "a" is missing/],
  ])("names file and line of %s", async (_, content, message) => {
    await expect(read(content, { fields: ["a"] })).rejects.toThrow(message);
    await expect(read(content, { fields: ["a"] })).rejects.toThrow(/Correct the line, or pass onBadSample: "skip"/);
  });

  it("skips bad records, counts them, and gives up above the budget", async () => {
    const content = Array.from({ length: 100 }, (_, i) => (i % 10 === 0 ? "nonsense" : `{"i":${i}}`)).join("\n");
    const path = file(content);
    const stream = readJsonl(path, { onBadSample: "skip", maxCorruptFraction: 0.1 });
    expect(await all(stream)).toHaveLength(90);
    expect(stream.counts()).toEqual({ lines: 100, bad: 10 });
    await expect(read(content, { onBadSample: "skip", maxCorruptFraction: 0.09 })).rejects.toThrow(
      /10 of 100 lines are bad, more than the 9 % allowed/,
    );
    const many = "x\n".repeat(5000);
    await expect(read(many, { onBadSample: "skip" })).rejects.toThrow(/11 of 11 lines are bad/); // long before the end
  });

  it("lets the caller's parser call a record bad", async () => {
    const parse = (record: Readonly<Record<string, unknown>>) => {
      if (record["i"] === 1) throw new Error("one is not welcome");
      return record["i"];
    };
    await expect(read('{"i":0}\n{"i":1}', { parse })).rejects.toThrow(/:2: one is not welcome/);
    expect(await read('{"i":0}\n{"i":1}', { parse, onBadSample: "skip", maxCorruptFraction: 0.5 })).toEqual([0]);
  });

  it("refuses a file that is gone or has changed", async () => {
    await expect(readJsonl(join(scratch, "none")).next()).rejects.toThrow(/cannot be opened \(ENOENT\)/);
    const path = file('{"a":1}\n{"a":2}\n');
    const stream = readJsonl(path);
    await stream.next();
    const resumed = readJsonl(path);
    resumed.restore(stream.state());
    appendFileSync(path, '{"a":3}\n');
    await expect(resumed.next()).rejects.toThrow(/has 24 bytes, had 16 .*It has changed/);
  });
});

describe("createLineReader", () => {
  it("gives the same lines whatever the chunk, and cuts none short", async () => {
    const path = file("ab\n\ncdefg\nh");
    for (let chunkBytes = 1; chunkBytes < 14; chunkBytes++) {
      const lines = createLineReader(path, { chunkBytes, longestLine: 4 });
      const got: string[] = [];
      for (let at = 0, line = await lines.read(at); line !== undefined; line = await lines.read(at)) {
        got.push(line.tooLong ? "too long" : Buffer.from(line.bytes).toString());
        at = line.end;
      }
      expect(got).toEqual(["ab", "", "too long", "h"]);
    }
  });
});

const shared = fileURLToPath(new URL("../../../../shared/data/gsm8k/train.jsonl", import.meta.url));
it.skipIf(!existsSync(shared))("reads all of GSM8K", async () => {
  const rows = await all(readJsonl(shared, { fields: ["question", "answer"] }));
  expect(rows).toHaveLength(7473);
});
