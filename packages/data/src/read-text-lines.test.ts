import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { readTextLines } from "./read-text-lines.js";

const folder = mkdtempSync(join(tmpdir(), "vpt-text-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, "a.txt");
writeFileSync(file, Buffer.concat([Buffer.from("one\r\n\ntwo {}\n"), Buffer.from([0xff, 0x0a]), Buffer.from("three")]));

it("reads a record a line, resumes after any of them, and passes over blank lines", async () => {
  const said: string[] = [];
  const options = { onBadSample: "skip", maxCorruptFraction: 0.5, onSkip: (line: string) => said.push(line) } as const;
  const lines = readTextLines(file, options);
  expect([await lines.next(), await lines.next()]).toEqual([{ text: "one" }, { text: "two {}" }]);
  const again = readTextLines(file, options);
  again.restore(lines.state());
  expect(await again.next()).toEqual({ text: "three" });
  expect(await again.next()).toBeUndefined();
  expect(said).toEqual([`${file}:4: the line is not UTF-8`]);
});

it("names file and line of what is not text", async () => {
  const lines = readTextLines(file);
  await lines.next();
  await lines.next();
  await expect(lines.next()).rejects.toThrow(`${file}:4: the line is not UTF-8`);
});
