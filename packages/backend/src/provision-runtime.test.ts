import { access, copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { nativeUnavailable } from "./internal/native-for-tests.js";
import { provisionRuntime } from "./provision-runtime.js";
import { fetchLibrary } from "./provision/fetch-library.js";
import { findTfjsNodePackages } from "./provision/tfjs-node-package.js";

const unavailable = await nativeUnavailable();
const environment = { ...process.env };
const directory = process.cwd();

/** A project that has tfjs-node, and its own copy of the sources, so that a build there disturbs nobody. */
const project = async (): Promise<string> => {
  const root = await mkdtemp(join(tmpdir(), "vpt-project-"));
  const { directory: source } = findTfjsNodePackages()[0]!;
  const target = join(root, "node_modules", "@tensorflow", "tfjs-node-gpu");
  await mkdir(join(target, "binding"), { recursive: true });
  await copyFile(join(source, "package.json"), join(target, "package.json"));
  for (const name of await readdir(join(source, "binding")))
    await copyFile(join(source, "binding", name), join(target, "binding", name));
  const tfjs = createRequire(import.meta.url).resolve("@tensorflow/tfjs/package.json");
  await symlink(dirname(tfjs), join(root, "node_modules", "@tensorflow", "tfjs"));
  return root;
};

afterEach(() => {
  process.env = { ...environment };
  process.chdir(directory);
});

describe.skipIf(unavailable)("provisionRuntime", () => {
  it("is done at once when everything is in place, and says nothing", async () => {
    const lines: string[] = [];
    const started = performance.now();
    const runtime = await provisionRuntime({ device: "cpu", log: (line) => lines.push(line) });
    expect(performance.now() - started).toBeLessThan(300);
    expect(lines).toEqual([]);
    expect(runtime.changed).toBe(false);
    await access(runtime.bindingPath);
  });

  it("puts the binding where node-pre-gyp looks for it", () => {
    const [tfjsNode] = findTfjsNodePackages();
    const manifest = join(tfjsNode!.directory, "package.json");
    const preGyp = createRequire(manifest)("@mapbox/node-pre-gyp") as { find(manifest: string): string };
    expect(preGyp.find(manifest)).toBe(tfjsNode!.bindingPath);
  });

  it("names a missing compiler and leaves nothing behind", async () => {
    const root = await project();
    const cache = await mkdtemp(join(tmpdir(), "vpt-cache-"));
    const { libraryDirectory } = await provisionRuntime({ device: "cpu" });
    process.chdir(root);
    Object.assign(process.env, { CXX: "/nonexistent/g++", VPT_CACHE: cache, VPT_TENSORFLOW_DIR: libraryDirectory });
    const attempt = provisionRuntime({ device: "cpu", log: () => {} });
    await expect(attempt).rejects.toMatchObject({ details: { step: "compile", fix: expect.stringContaining("g++") } });
    expect(await readdir(cache)).toEqual(["bindings"]);
    expect(await readdir(join(cache, "bindings"))).toEqual([]);
    await rm(root, { recursive: true });
  });

  it("names a folder without a library", async () => {
    process.chdir(await project());
    Object.assign(process.env, {
      VPT_CACHE: await mkdtemp(join(tmpdir(), "vpt-cache-")),
      VPT_TENSORFLOW_DIR: tmpdir(),
    });
    await expect(provisionRuntime({ log: () => {} })).rejects.toThrow(/VPT_TENSORFLOW_DIR=.* has no libtensorflow_cc/);
  });
});

describe("fetchLibrary", () => {
  it("names a missing Python", async () => {
    process.env["VPT_PYTHON"] = "/nonexistent/python3";
    const cache = await mkdtemp(join(tmpdir(), "vpt-cache-"));
    const attempt = fetchLibrary("cpu", { cache, log: () => {} });
    await expect(attempt).rejects.toMatchObject({ details: { step: "python" } });
    expect(await readdir(join(cache, "wheels"))).toEqual([]);
  });

  it("names a Python without pip, an unreachable index, a wheel with another hash; keeps none of them", async () => {
    const cache = await mkdtemp(join(tmpdir(), "vpt-cache-"));
    const fake = join(cache, "python3");
    process.env["VPT_PYTHON"] = fake;
    const script = async (text: string) => writeFile(fake, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    const attempt = () => fetchLibrary("cpu", { cache, log: () => {} });
    await script("echo '/usr/bin/python3: No module named pip' >&2; exit 1");
    await expect(attempt()).rejects.toThrow("this Python has no pip");
    await script("echo 'ERROR: No matching distribution found' >&2; exit 1");
    await expect(attempt()).rejects.toThrow("pip could not reach its package index");
    await script(`while [ "$1" != --dest ]; do shift; done
      echo no > "$2/tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl"
      echo no > "$2/tensorflow-2.21.0-cp311-cp311-manylinux_2_27_aarch64.whl"`);
    await expect(attempt()).rejects.toThrow(/sha256 [0-9a-f]{64}, expected/);
    expect(await readdir(join(cache, "wheels"))).toEqual([]);
  });
});

it.skipIf(unavailable)("two that provision at once: one builds, both end with the same whole binding", async () => {
  const root = await project();
  const cache = await mkdtemp(join(tmpdir(), "vpt-cache-"));
  const { libraryDirectory, bindingPath } = await provisionRuntime({ device: "cpu" });
  const compiler = join(cache, "c++"); // stands in for ten seconds of g++
  const script =
    `while [ "$1" != -o ]; do shift; done; sleep 0.3; cp ${bindingPath} "$2"; basename "$2" >> ` + `${cache}/calls`;
  await writeFile(compiler, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  process.chdir(root);
  Object.assign(process.env, { VPT_CACHE: cache, VPT_TENSORFLOW_DIR: libraryDirectory, CXX: compiler });
  const lines: string[] = [];
  const run = () => provisionRuntime({ device: "cpu", log: (line) => lines.push(line) });
  const [first, second] = await Promise.all([run(), run()]);
  expect([first.changed, second.changed].sort()).toEqual([false, true]);
  expect(lines).toContain("Waiting for another process that provisions");
  expect(await readFile(join(cache, "calls"), "utf8")).toBe("tfjs_binding.node\nvpt_native.node\n");
  expect((await stat(first.bindingPath)).size).toBe((await stat(bindingPath)).size);
  await rm(root, { recursive: true });
});
