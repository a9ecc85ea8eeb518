import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { BackendError } from "../backend-error.js";
import { fileSize } from "../internal/files.js";
import type { Log } from "../internal/log.js";
import { lastLines, runCommand } from "../internal/run-command.js";
import { librarySizes, type Library } from "./library.js";
import type { TfjsNodePackage } from "./tfjs-node-package.js";

const flags = ["-std=c++17", "-O3", "-fPIC", "-shared", "-DNAPI_VERSION=8"] as const;

/** Our own C++, in this package's folder whether it runs from src or dist. */
const nativeFolder = join(dirname(createRequire(import.meta.url).resolve("@vpt/backend/package.json")), "native");

const nodeApi = createRequire(import.meta.url)("node-api-headers") as { readonly include_dir: string };

/** The C++ compiler: `$CXX`, else `g++`. */
export const compiler = (): string => process.env["CXX"] || "g++";

/** Everything that decides what the build gives: the sources, the flags and the library it is linked to. */
export const buildKey = async (tfjsNode: TfjsNodePackage, library: Pick<Library, "directory">): Promise<string> => {
  const hash = createHash("sha256").update(JSON.stringify([flags, process.arch, library.directory]));
  hash.update(JSON.stringify((await librarySizes(library.directory)) ?? []));
  for (const folder of [join(tfjsNode.directory, "binding"), nativeFolder])
    for (const name of (await readdir(folder)).sort()) hash.update(name).update(await readFile(join(folder, name)));
  return hash.digest("hex").slice(0, 16);
};

const compileAddon = async (sources: readonly string[], target: string, args: readonly string[]): Promise<void> => {
  const { status, output } = await runCommand(compiler(), [...flags, "-o", target, ...sources, ...args]);
  if (status === 0) return;
  if (status === null)
    throw new BackendError({
      step: "compile",
      problem: `${compiler()} was not found; it builds tfjs-node's binding`,
      fix: "apt-get install g++, or set CXX to a C++17 compiler, then run the same command again",
    });
  throw new BackendError({
    step: "compile",
    problem: `${compiler()} could not build ${sources.join(" ")}`,
    fix: "use g++ 9 or newer (`g++ --version`); if it is, report the output below",
    output: lastLines(output),
  });
};

/** Folder with what was built: `tfjs_binding.node` from tfjs-node's own C++, unchanged, and our `vpt_native.node`. */
export const buildBinding = async (
  tfjsNode: TfjsNodePackage,
  library: Library,
  { cache, log }: { readonly cache: string; readonly log: Log },
): Promise<string> => {
  const folder = join(cache, "bindings", await buildKey(tfjsNode, library));
  if (await fileSize(join(folder, "tfjs_binding.node"))) return folder;

  log(`Compiling ${tfjsNode.name}'s binding against ${library.directory}`);
  await mkdir(join(cache, "bindings"), { recursive: true });
  const fresh = await mkdtemp(`${folder}-`);
  try {
    const sources = ["tfjs_backend.cc", "tfjs_binding.cc"].map((name) => join(tfjsNode.directory, "binding", name));
    const includes = [nodeApi.include_dir, join(library.directory, "include"), tfjsNode.directory];
    const headers = includes.map((path) => `-I${path}`);
    await compileAddon(sources, join(fresh, "tfjs_binding.node"), [
      ...headers,
      `-L${library.directory}`,
      "-l:libtensorflow_cc.so.2",
      "-l:libtensorflow_framework.so.2",
      `-Wl,-rpath,${library.directory}`,
    ]);
    const ours = (await readdir(nativeFolder))
      .filter((name) => name.endsWith(".cc"))
      .map((name) => join(nativeFolder, name));
    await compileAddon(ours, join(fresh, "vpt_native.node"), [...headers, "-ldl"]);
    await rm(folder, { recursive: true, force: true });
    await rename(fresh, folder);
    return folder;
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
};
