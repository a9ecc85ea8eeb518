import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BackendError } from "./backend-error.js";
import { cacheDirectory } from "./internal/cache-directory.js";
import { fileSize, readJson, replaceFile, writeJson } from "./internal/files.js";
import { shimPath } from "./internal/native-shim.js";
import { withLock } from "./internal/lock.js";
import type { Log } from "./internal/log.js";
import { buildBinding, buildKey } from "./provision/build-binding.js";
import { fetchLibrary } from "./provision/fetch-library.js";
import { findLibrary } from "./provision/find-library.js";
import { seesGpu } from "./provision/gpu.js";
import type { Library } from "./provision/library.js";
import { findTfjsNodePackages, type TfjsNodePackage } from "./provision/tfjs-node-package.js";
import type { LibraryDevice } from "./provision/wheels.js";

export interface ProvisionOptions {
  /** What the library must be able to use; "auto" (the default) is "cuda" where an NVIDIA GPU is seen, else "cpu". */
  readonly device?: "auto" | LibraryDevice;
  /** Told what is being done, one line a step; nothing when all is in place. Default: `console.error`. */
  readonly log?: Log;
}

/** A native runtime that is in place. */
export interface ProvisionedRuntime {
  readonly tfjsNode: TfjsNodePackage["name"];
  readonly bindingPath: string;
  /** The folder of libtensorflow_cc.so.2. */
  readonly libraryDirectory: string;
  readonly device: LibraryDevice;
  /** False when everything was there already. */
  readonly changed: boolean;
}

/** What lies beside an installed binding, to know it again. */
interface Stamp {
  readonly key: string;
  readonly bindingSize: number;
  readonly library: Library;
}

const stampPath = (tfjsNode: TfjsNodePackage): string => join(dirname(tfjsNode.bindingPath), "vpt-runtime.json");

/** The library under a binding that provisioning installed and that is still whole; undefined otherwise. */
export const provisionedLibrary = async (tfjsNode: TfjsNodePackage): Promise<Library | undefined> => {
  const stamp = (await readJson(stampPath(tfjsNode))) as Stamp | undefined;
  if (!stamp?.library || (await fileSize(tfjsNode.bindingPath)) !== stamp.bindingSize) return undefined;
  if (!(await fileSize(shimPath(tfjsNode.bindingPath)))) return undefined;
  return (await buildKey(tfjsNode, stamp.library)) === stamp.key ? stamp.library : undefined;
};

const requireTfjsNode = (): TfjsNodePackage => {
  const [tfjsNode] = findTfjsNodePackages();
  if (tfjsNode) return tfjsNode;
  throw new BackendError({
    step: "tfjs-node",
    problem: `neither @tensorflow/tfjs-node-gpu nor @tensorflow/tfjs-node is installed in ${process.cwd()}`,
    fix: "npm install --ignore-scripts @tensorflow/tfjs-node@4.22.0",
  });
};

/**
 * Puts TensorFlow's native runtime under the installed stock tfjs-node(-gpu), so that {@link useBackend} can load it.
 *
 * Takes a TensorFlow library that is on the machine (`VPT_TENSORFLOW_DIR`, Python's, an earlier run's cache), else has
 * pip download the wheel (sha256 pinned), unpacks two libraries and the C headers, compiles tfjs-node's own C++ (and
 * the small addon behind {@link compile}) with g++, and installs the result. Downloads and builds are kept under
 * `$VPT_CACHE`, `$XDG_CACHE_HOME/vpt` or `~/.cache/vpt`; once there, no network is needed. Safe to run from several
 * processes; a broken run leaves nothing half-written.
 *
 * @throws {BackendError} With the step, what went wrong and the command that mends it.
 * @example
 * const runtime = await provisionRuntime({ device: "cpu", log: console.log });
 * console.log(runtime.libraryDirectory, runtime.changed);
 * @category runtime
 */
export const provisionRuntime = async (options: ProvisionOptions = {}): Promise<ProvisionedRuntime> => {
  const { device: wanted = "auto", log = console.error } = options;
  const device = wanted === "auto" ? (seesGpu() ? "cuda" : "cpu") : wanted;
  const tfjsNode = requireTfjsNode();
  const describe = (library: Library, changed: boolean): ProvisionedRuntime => ({
    tfjsNode: tfjsNode.name,
    bindingPath: tfjsNode.bindingPath,
    libraryDirectory: library.directory,
    device: library.device,
    changed,
  });
  const current = async () => {
    const library = await provisionedLibrary(tfjsNode);
    return library && (library.device === "cuda" || device === "cpu") ? describe(library, false) : undefined;
  };

  const inPlace = await current();
  if (inPlace) return inPlace;
  const cache = cacheDirectory();
  try {
    await mkdir(cache, { recursive: true });
  } catch (error) {
    throw new BackendError({
      step: "cache",
      problem: `cannot make ${cache} (${(error as NodeJS.ErrnoException).code})`,
      fix: "set VPT_CACHE to a folder that you can write to",
    });
  }
  const provision = async (): Promise<ProvisionedRuntime> => {
    const done = await current();
    if (done) return done; // by the process that held the lock
    const library = (await findLibrary(device)) ?? (await fetchLibrary(device, { cache, log }));
    const built = await buildBinding(tfjsNode, library, { cache, log });
    const binding = join(built, "tfjs_binding.node");
    await replaceFile(join(built, "vpt_native.node"), shimPath(tfjsNode.bindingPath));
    await replaceFile(binding, tfjsNode.bindingPath);
    const stamp: Stamp = {
      key: await buildKey(tfjsNode, library),
      bindingSize: (await fileSize(binding))!,
      library,
    };
    await writeJson(stampPath(tfjsNode), stamp);
    log(`TensorFlow (${library.device}, from ${library.origin}) is in place under ${tfjsNode.name}`);
    return describe(library, true);
  };
  return withLock(join(cache, "provision.lock"), provision, () => log("Waiting for another process that provisions"));
};
