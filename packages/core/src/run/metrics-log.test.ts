import { appendFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeDurably } from "./durable-write.js";
import { appendLog, readLog, truncateLog } from "./metrics-log.js";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vpt-log-"));
  path = join(folder, "metrics.jsonl");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("the run log", () => {
  it("is one JSON object a line, and empty where there is no file", () => {
    expect(readLog(path)).toEqual([]);
    appendLog(path, { step: 0, loss: 1.5 });
    appendLog(path, { step: 1, loss: 1.25, note: "a\nb" });
    expect(readFileSync(path, "utf8").split("\n")).toHaveLength(3);
    expect(readLog(path)).toEqual([
      { step: 0, loss: 1.5 },
      { step: 1, loss: 1.25, note: "a\nb" },
    ]);
  });

  it("writes a number that JSON has no word for as its name", () => {
    appendLog(path, { step: 0, loss: NaN, low: -Infinity, deep: { high: Infinity } });
    expect(readLog(path)).toEqual([{ step: 0, loss: "NaN", low: "-Infinity", deep: { high: "Infinity" } }]);
  });

  it("leaves out a last line torn by a crash, and goes on after truncation", async () => {
    appendLog(path, { step: 0 });
    appendLog(path, { step: 1 });
    appendFileSync(path, '{"step":2,"lo');
    expect(readLog(path)).toEqual([{ step: 0 }, { step: 1 }]);
    await truncateLog(path, 2);
    appendLog(path, { step: 2 });
    expect(readLog(path)).toEqual([{ step: 0 }, { step: 1 }, { step: 2 }]);
  });

  it("is cut at the step a checkpoint resumes from: no duplicates", async () => {
    for (const step of [0, 1, 2, 3, 4]) appendLog(path, { step, loss: NaN });
    await truncateLog(path, 3);
    for (const step of [3, 4]) appendLog(path, { step });
    expect(readLog(path).map(({ step }) => step)).toEqual([0, 1, 2, 3, 4]);
    expect(readLog(path)[0]).toEqual({ step: 0, loss: "NaN" });
    await truncateLog(path, 0);
    expect(readLog(path)).toEqual([]);
    await truncateLog(join(folder, "absent"), 0);
    expect(readdirSync(folder)).toEqual(["metrics.jsonl"]);
  });
});

describe("writeDurably", () => {
  it("replaces a file whole and leaves no temporary one", async () => {
    writeFileSync(path, "a longer text from before");
    await writeDurably(path, "new");
    expect(readFileSync(path, "utf8")).toBe("new");
    expect(readdirSync(folder)).toEqual(["metrics.jsonl"]);
  });

  it("leaves the old file where the new one cannot be written", async () => {
    await expect(writeDurably(join(folder, "absent", "x"), "new")).rejects.toThrow("ENOENT");
  });
});
