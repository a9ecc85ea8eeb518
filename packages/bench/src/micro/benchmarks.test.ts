import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { benchmarks, processParts } from "./benchmarks.js";
import { poolTurns, type BenchParallel } from "./bench-parallel.js";
import { benchAllReduce } from "./bench-all-reduce.js";
import { openBenchStream } from "./open-bench-stream.js";
import { timing } from "./timing.js";

const progress = { setStatus: () => {}, log: () => {} };

describe.each(Object.entries(benchmarks))("%s", (name, { description, options }) => {
  it("says what it measures, with an example that names its own options alone", () => {
    const example = /Example: vpt bench (\S+)(.*)$/.exec(description);
    expect(example?.[1]).toBe(name);
    const named = [...example![2]!.matchAll(/--([a-z-]+)/g)].map((match) => match[1]!);
    for (const option of named) expect(["json", "out", ...Object.keys(options)]).toContain(option);
  });

  it("describes each option, whose default is one of its values", () => {
    for (const [option, { description: text, ...given }] of Object.entries(options)) {
      expect(option).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(text.length).toBeGreaterThan(5);
      if (given.kind === "choice" && given.default !== undefined) expect(given.choices).toContain(given.default);
      if (given.kind === "whole" && given.default !== undefined) expect(given.default).toBeGreaterThan(0);
      if (given.kind === "wholes") for (const number of given.default) expect(Number.isInteger(number)).toBe(true);
    }
  });
});

it("runs at its smallest size and reports the same to people and programs", async () => {
  const { result, lines } = await benchmarks["matmul"]!.run({ size: 16, rounds: 1 }, progress);
  const { comparison, gigaflops, ratios } = result as {
    readonly comparison: object;
    readonly gigaflops: object;
    readonly ratios: object;
  };
  expect(Object.keys(comparison)).toEqual(["ours f32", "ours bf16"]);
  expect(Object.keys(gigaflops)).toEqual(["ours f32", "ours bf16"]);
  expect(ratios).toEqual({}); // nothing to compare with
  expect(lines).toHaveLength(4);
  expect(lines[0]).toMatch(/^ours f32 +\d+\.\d\d s \(quartiles /);
  expect(lines[3]).toMatch(/^ours bf16: \d+ GFLOP\/s$/);
});

it("reports memory in one line where there is nothing to compare with", async () => {
  const sizes = { shape: "tiny", batch: 1, tokens: 8, candidates: 4, blocks: 1, recompute: false };
  const { result, lines } = await benchmarks["memory"]!.run(sizes, progress);
  expect(lines).toEqual([expect.stringMatching(/^ours {11}peak \d+\.\d\d GB$/)]);
  expect(result).not.toHaveProperty("ratio");
});

it("names the Python that cannot be a reference, before anything is timed", async () => {
  const values = { size: 16, rounds: 1, reference: "torch", python: "/nowhere/python" };
  await expect(benchmarks["matmul"]!.run(values, progress)).rejects.toThrow(
    /--reference torch: \/nowhere\/python does not start .*give a Python that has torch with --python or VPT_PYTHON/,
  );
});

it("has a part for each benchmark of several processes", () => {
  expect(Object.keys(processParts)).toEqual(["allreduce", "parallel"]);
  for (const name of Object.keys(processParts)) expect(benchmarks[name]!.options).toHaveProperty("n");
});

const turn = (runs: readonly number[], tokensPerSecond: number, peakBytes: number): BenchParallel => ({
  shape: "tiny",
  processes: 2,
  batch: 1,
  tokens: 8,
  timing: timing(runs),
  tokensPerSecond,
  peakBytes,
});

it("pools turns: every run counts, the rate is the middle turn's, the peak the largest", () => {
  const pooled = poolTurns([turn([1, 9], 10, 5), turn([2], 30, 7), turn([3], 20, 6)]);
  expect(pooled).toMatchObject({ processes: 2, tokensPerSecond: 20, peakBytes: 7 });
  expect(pooled.timing).toMatchObject({ median: 2.5, runs: [1, 9, 2, 3] });
});

it("averages over no single process", async () => {
  await expect(benchAllReduce({ megabytes: 1, rounds: 1 })).rejects.toThrow(
    "benchAllReduce: one process alone; start several with vpt launch",
  );
});

it("opens a stream of self-made problems in rows of one length, the same at each opening", async () => {
  const open = await openBenchStream({ data: undefined, model: "tiny", tokens: 32, log: () => {} });
  const [first, again] = [open(), open()];
  const row = (await first.next())!;
  expect(row.ids).toHaveLength(32);
  expect(await again.next()).toEqual(row);
  expect((await first.next())!.ids).not.toEqual(row.ids);
});

it("refuses a stream whose file is not there", async () => {
  expect(existsSync("/nowhere/rows.jsonl")).toBe(false);
  const opened = async () =>
    (await openBenchStream({ data: "/nowhere/rows.jsonl", model: "tiny", tokens: 8, log: () => {} }))().next();
  await expect(opened()).rejects.toThrow(/nowhere/);
});
