import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { resolveDataset, splitFiles } from "./resolve-dataset.js";

const scratch = mkdtempSync(join(tmpdir(), "vpt-datasets-"));
afterAll(() => rmSync(scratch, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());
const sha = "0123456789abcdef0123456789abcdef01234567";

/** A hub that holds `paths`, lays out the cache as the library does, and remembers what it was asked for. */
const hubOf = (paths: readonly string[]) => {
  const cache = mkdtempSync(join(scratch, "c-"));
  vi.stubEnv("HF_HUB_CACHE", cache);
  const fetched: string[] = [];
  return {
    cache,
    fetched,
    datasetInfo: async () => ({ sha }),
    async *listFiles() {
      yield { type: "directory", path: "data" };
      for (const path of paths) yield { type: "file", path };
    },
    async downloadFileToCacheDir({
      repo,
      path,
      revision,
      cacheDir,
    }: {
      repo: { name: string };
      path: string;
      revision: string;
      cacheDir: string;
    }) {
      fetched.push(path);
      const at = join(cacheDir, `datasets--${repo.name.replaceAll("/", "--")}`, "snapshots", revision, path);
      mkdirSync(dirname(at), { recursive: true });
      writeFileSync(at, path);
      return at;
    },
  };
};
const numina = [
  "README.md",
  ...[0, 1, 2].map((i) => `data/train-0000${i}-of-00003.parquet`),
  "data/test-00000-of-00001.parquet",
];

describe("resolveDataset", () => {
  it("fetches the split's files in order and no others, once", async () => {
    const hub = hubOf(numina.toReversed());
    const lines: string[] = [];
    const files = await resolveDataset("AI-MO/NuminaMath-CoT", { hub, log: (line) => lines.push(line) });
    expect(files.map((path) => basename(path))).toEqual([0, 1, 2].map((i) => `train-0000${i}-of-00003.parquet`));
    expect(hub.fetched).toHaveLength(3);
    expect(lines[1]).toMatch(/train-00001-of-00003\.parquet \(2 of 3\)/);
    expect(readFileSync(join(hub.cache, "datasets--AI-MO--NuminaMath-CoT", "refs", "main"), "utf8")).toBe(sha);
    const again = { ...hub, datasetInfo: () => Promise.reject(new Error("no network")) };
    expect(await resolveDataset("AI-MO/NuminaMath-CoT", { hub: again })).toEqual(files);
    expect(await resolveDataset("AI-MO/NuminaMath-CoT", { hub: again, files: 2 })).toEqual(files.slice(0, 2));
  });

  it("takes the first files alone, and goes on from them when more are asked for", async () => {
    const hub = hubOf(numina);
    expect(await resolveDataset("AI-MO/NuminaMath-CoT", { hub, files: 1 })).toHaveLength(1);
    expect(hub.fetched).toHaveLength(1);
    expect(await resolveDataset("AI-MO/NuminaMath-CoT", { hub })).toHaveLength(3);
  });

  it("says what there is when the split or the configuration is not", async () => {
    const hub = hubOf([...numina, "main/x.csv"]);
    await expect(resolveDataset("a/b", { hub, split: "dev" })).rejects.toThrow(
      /a\/b: no parquet or jsonl file of the split "dev"\. It has data\/train-00000/,
    );
    await expect(resolveDataset("a/b", { hub, config: "main" })).rejects.toThrow('in the configuration "main"');
    await expect(resolveDataset("a/b", { hub: hubOf(["x.csv"]) })).rejects.toThrow("refs/convert/parquet");
    await expect(resolveDataset("../x")).rejects.toThrow("expected the id of a Hugging Face data set");
    const failing = { ...hub, datasetInfo: () => Promise.reject(new Error("404")) };
    await expect(resolveDataset("a/c", { hub: failing })).rejects.toThrow("a/c: the hub could not deliver it (404)");
    expect(existsSync(join(hub.cache, "datasets--a--c"))).toBe(false);
  });
});

describe("splitFiles", () => {
  const of = (paths: readonly string[], config?: string, split = "train") =>
    splitFiles(paths, { id: "a/b", config, split });
  it.each([
    [
      ["main/train-00000-of-00001.parquet", "socratic/train-00000-of-00001.parquet"],
      "main",
      ["main/train-00000-of-00001.parquet"],
    ],
    [
      ["default/train/0001.parquet", "default/train/0000.parquet", "default/test/0000.parquet"],
      undefined,
      ["default/train/0000.parquet", "default/train/0001.parquet"],
    ],
    [["train.jsonl", "test.jsonl"], undefined, ["train.jsonl"]],
    [["train.jsonl", "data/train-00000-of-00001-abc.parquet"], undefined, ["data/train-00000-of-00001-abc.parquet"]],
    [["en/train.jsonl", "train.jsonl"], undefined, ["train.jsonl"]],
    [["train_extra.jsonl"], undefined, []],
  ] as const)("%j", (paths, config, expected) => {
    expect(of(paths, config)).toEqual(expected);
  });
  it("asks for the configuration where there are several", () => {
    expect(() => of(["main/train.jsonl", "socratic/train.jsonl"])).toThrow(/several configurations .*: main, socratic/);
  });
});
