import { constants } from "node:fs";
import { access, mkdir } from "node:fs/promises";
import * as tf from "@tensorflow/tfjs";
import { cacheDirectory } from "./internal/cache-directory.js";
import { fileSize } from "./internal/files.js";
import { nativeObstacle } from "./internal/load-native.js";
import { runCommand } from "./internal/run-command.js";
import { provisionedLibrary } from "./provision-runtime.js";
import { compiler } from "./provision/build-binding.js";
import { seesGpu } from "./provision/gpu.js";
import { python } from "./provision/python.js";
import { findTfjsNodePackages, ownTfjsPath } from "./provision/tfjs-node-package.js";

/** One thing that was looked at. */
export interface DoctorCheck {
  readonly name: string;
  readonly ok: boolean;
  /** What was found. */
  readonly detail: string;
  /** The command that mends it; absent when it is fine. */
  readonly fix?: string;
}

export interface DoctorReport {
  /** True when the native runtime can be used here now. */
  readonly native: boolean;
  readonly checks: readonly DoctorCheck[];
}

const check = (name: string, ok: boolean, detail: string, fix: string): DoctorCheck =>
  ok ? { name, ok, detail } : { name, ok, detail, fix };

/** A program that answers to `args`; its first line of output is the detail. */
const program = async (name: string, command: string, args: readonly string[], fix: string): Promise<DoctorCheck> => {
  const { status, output } = await runCommand(command, args);
  const line = output.trim().split("\n")[0] ?? "";
  return check(name, status === 0, status === null ? `${command} was not found` : line, fix);
};

const nodeCheck = (): DoctorCheck => {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const ok = major > 20 || (major === 20 && minor >= 11);
  return check("node", ok, `${process.version} ${process.platform} ${process.arch}`, "install Node 20.11 or newer");
};

const cacheCheck = async (): Promise<DoctorCheck> => {
  const cache = cacheDirectory();
  const fix = "set VPT_CACHE to a folder that you can write to";
  try {
    await mkdir(cache, { recursive: true });
    await access(cache, constants.W_OK);
    return check("cache", true, cache, fix);
  } catch (error) {
    return check("cache", false, `${cache}: ${(error as NodeJS.ErrnoException).code}`, fix);
  }
};

const runtimeChecks = async (): Promise<readonly DoctorCheck[]> => {
  const setup = "npx vpt setup";
  const [tfjsNode] = findTfjsNodePackages();
  if (!tfjsNode) {
    const fix = "npm install --ignore-scripts @tensorflow/tfjs-node@4.22.0";
    return [check("tfjs-node", false, "neither @tensorflow/tfjs-node-gpu nor @tensorflow/tfjs-node is installed", fix)];
  }
  const library = await provisionedLibrary(tfjsNode);
  const size = await fileSize(tfjsNode.bindingPath);
  const single = tfjsNode.tfjsPath === ownTfjsPath();
  const binding = library ? "built here" : size ? "there, not built by vpt setup or out of date" : "not built yet";
  return [
    check("tfjs-node", true, `${tfjsNode.name} in ${tfjsNode.directory}`, ""),
    check(
      "tfjs single copy",
      single,
      single ? ownTfjsPath() : `${tfjsNode.tfjsPath} beside ${ownTfjsPath()}`,
      "npm install @tensorflow/tfjs@4.22.0 && npm dedupe",
    ),
    check("TensorFlow library", library !== undefined, library?.directory ?? "none in place", setup),
    check("binding", library !== undefined, binding, setup),
  ];
};

const gpuCheck = async (): Promise<DoctorCheck> => {
  if (!seesGpu()) return check("gpu", true, "none seen; the CPU is used", "");
  const { status, stdout } = await runCommand("nvidia-smi", [
    "--query-gpu=name,driver_version",
    "--format=csv,noheader",
  ]);
  const [tfjsNode] = findTfjsNodePackages();
  const device = tfjsNode && (await provisionedLibrary(tfjsNode))?.device;
  const detail = status === 0 ? stdout.trim().replaceAll("\n", "; ") : "driver files are there, nvidia-smi fails";
  return check("gpu", status === 0 && device !== "cpu", detail, "npx vpt setup --device cuda");
};

/**
 * Looks at everything the native runtime needs and says what is missing and which command mends it. Installs, loads and
 * changes nothing (it may make the empty cache folder), and never throws: it works with nothing installed.
 *
 * @example
 * const { checks } = await doctor();
 * for (const { name, ok, detail, fix } of checks) console.log(ok ? "ok  " : "FAIL", name, detail, fix ?? "");
 * @category runtime
 */
export const doctor = async (): Promise<DoctorReport> => {
  const [gxx, py, pip, cache, runtime, gpu, obstacle] = await Promise.all([
    program("g++", compiler(), ["--version"], "apt-get install g++"),
    program("python3", python(), ["--version"], "apt-get install python3"),
    program("pip", python(), ["-m", "pip", "--version"], "apt-get install python3-pip"),
    cacheCheck(),
    runtimeChecks(),
    gpuCheck(),
    nativeObstacle(),
  ]);
  const active = tf.getBackend() || "none chosen yet";
  const why = obstacle ? `native is not possible: ${obstacle.details.problem}` : "the native runtime is in place";
  const usesBest = active === "tensorflow" || obstacle === undefined;
  const backend = check("backend", usesBest, `${active}; ${why}`, obstacle?.details.fix ?? "");
  return { native: obstacle === undefined, checks: [nodeCheck(), gxx, py, pip, cache, ...runtime, gpu, backend] };
};
