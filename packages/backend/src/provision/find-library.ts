import { BackendError } from "../backend-error.js";
import { runCommand } from "../internal/run-command.js";
import { librarySizes, type Library } from "./library.js";
import type { LibraryDevice } from "./wheels.js";

/** Looks without importing TensorFlow, which would take seconds. `tensorflow-cpu` and arm64 wheels know no GPU. */
const pythonProbe = `
import importlib.metadata as m, importlib.util as u, json, os, platform
spec = u.find_spec("tensorflow")
names = {d.metadata["Name"].lower().replace("_", "-"): d.version for d in m.distributions() if d.metadata["Name"]}
if spec and spec.origin:
    cuda = "tensorflow" in names and platform.machine() == "x86_64"
    version = names.get("tensorflow") or names.get("tensorflow-cpu") or "0.0"
    print(json.dumps({"directory": os.path.dirname(spec.origin), "cuda": cuda, "version": version}))
`;

/** The binding was built and tested against 2.21; the C API it uses has been the same since 2.16. */
const isRecent = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major === 2 && minor >= 16;
};

const fromEnvironment = async (device: LibraryDevice): Promise<Library | undefined> => {
  const directory = process.env["VPT_TENSORFLOW_DIR"];
  if (!directory) return undefined;
  if (await librarySizes(directory)) return { directory, device, origin: "VPT_TENSORFLOW_DIR" };
  throw new BackendError({
    step: "library",
    problem:
      `VPT_TENSORFLOW_DIR=${directory} has no libtensorflow_cc.so.2, libtensorflow_framework.so.2 and ` +
      "include/tensorflow/c",
    fix: "point it to the `tensorflow` folder of a Python install, or unset it to have the library fetched",
  });
};

const fromPython = async (device: LibraryDevice): Promise<Library | undefined> => {
  const { status, stdout } = await runCommand(process.env["VPT_PYTHON"] || "python3", ["-c", pythonProbe]);
  if (status !== 0 || !stdout.trim()) return undefined;
  const { directory, cuda, version } = JSON.parse(stdout) as { directory: string; cuda: boolean; version: string };
  if (!isRecent(version) || (device === "cuda" && !cuda)) return undefined;
  return (await librarySizes(directory)) ? { directory, device: cuda ? "cuda" : "cpu", origin: "python" } : undefined;
};

/**
 * A TensorFlow library that is already on the machine: `VPT_TENSORFLOW_DIR`, else Python's; undefined when there is
 * none that fits.
 */
export const findLibrary = async (device: LibraryDevice): Promise<Library | undefined> =>
  (await fromEnvironment(device)) ?? (await fromPython(device));
