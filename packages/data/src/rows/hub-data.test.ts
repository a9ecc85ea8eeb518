import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { hubData } from "./hub-data.js";
import { loadItems } from "./load-items.js";

afterEach(() => vi.unstubAllEnvs());

it.each([
  ["openai/gsm8k", { id: "openai/gsm8k", config: undefined }],
  ["openai/gsm8k/main", { id: "openai/gsm8k", config: "main" }],
  ["HuggingFaceH4/MATH-500", { id: "HuggingFaceH4/MATH-500", config: undefined }],
  ["nowhere/rows.jsonl", undefined], // a slip in a path
  ["packages/nothing", undefined], // below a folder that is there
  ["../shared/data", undefined],
  ["synthetic", undefined],
])("%s", (data, expected) => expect(hubData(data)).toEqual(expected));

it("reads a split of a data set from the hub's cache", async () => {
  const cache = mkdtempSync(join(tmpdir(), "hub-"));
  vi.stubEnv("HF_HUB_CACHE", cache);
  const set = join(cache, "datasets--someone--sums");
  const snapshot = join(set, "snapshots", "0123abc", "main");
  mkdirSync(snapshot, { recursive: true });
  mkdirSync(join(set, "refs"));
  writeFileSync(join(set, "refs", "main"), "0123abc");
  writeFileSync(join(snapshot, "train.jsonl"), '{"question":"1?"}\n');
  writeFileSync(join(snapshot, "test.jsonl"), '{"question":"2?"}\n{"question":"3?"}\n');
  const rows = (data: string, split?: string) => loadItems(data, ({ question }) => question, { split });
  expect(await rows("someone/sums/main")).toEqual(["2?", "3?"]);
  expect(await rows("someone/sums", "train")).toEqual(["1?"]);
});
