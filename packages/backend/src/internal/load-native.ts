import { createRequire } from "node:module";
import { join } from "node:path";
import { BackendError } from "../backend-error.js";
import { provisionedLibrary } from "../provision-runtime.js";
import { clusterOf, serverDefinition } from "../distributed/cluster.js";
import { setCluster } from "../distributed/process-group.js";
import { fileSize } from "./files.js";
import { loadShim } from "./native-shim.js";
import { sessionConfig, type SessionOptions } from "./session-config.js";
import { findTfjsNodePackages, ownTfjsPath } from "../provision/tfjs-node-package.js";
import { restoreUtilFunctions } from "./util-shim.js";

/** The part of tfjs-node's addon that we read. */
export interface NativeBinding {
  readonly TF_Version: string;
  isUsingGpuDevice(): boolean;
}

const setupCommand = "npx vpt setup (or `await provisionRuntime()` from @vpt/backend)";

/** Why tfjs-node cannot be loaded here, found without loading it; undefined when nothing speaks against it. */
export const nativeObstacle = async (): Promise<BackendError | undefined> => {
  const [tfjsNode] = findTfjsNodePackages();
  if (!tfjsNode)
    return new BackendError({
      step: "tfjs-node",
      problem: "neither @tensorflow/tfjs-node-gpu nor @tensorflow/tfjs-node is installed",
      fix: `npm install --ignore-scripts @tensorflow/tfjs-node@4.22.0, then ${setupCommand}`,
    });
  if (tfjsNode.tfjsPath !== ownTfjsPath())
    return new BackendError({
      step: "tfjs",
      problem:
        `two copies of @tensorflow/tfjs: ${tfjsNode.name} loads ${tfjsNode.tfjsPath}, @vpt loads ` + `${ownTfjsPath()}`,
      fix:
        "install one version of @tensorflow/tfjs (4.22.0) at the top: npm install " +
        "@tensorflow/tfjs@4.22.0 && npm dedupe",
    });
  if (!(await fileSize(tfjsNode.bindingPath)))
    return new BackendError({
      step: "binding",
      problem: `${tfjsNode.name} has no native binding yet`,
      fix: setupCommand,
    });
  return undefined;
};

const needsShim = (): BackendError =>
  new BackendError({
    step: "TF_CONFIG",
    problem: "it names several processes, and the binding in place is not ours, so they cannot be joined",
    fix: setupCommand,
  });

/** What TensorFlow says at its start on every machine; it comes before any log level counts. */
const withoutNotes = (text: string): string =>
  text.replace(/^WARNING: All log messages before absl.*\n/gm, "").replace(/^I\d{4} .* port\.cc:.*oneDNN.*\n/gm, "");

/** Loads tfjs-node, which registers and sets its backend "tensorflow" on the shared `@tensorflow/tfjs`. */
export const loadNative = async (options: SessionOptions): Promise<NativeBinding> => {
  const obstacle = await nativeObstacle();
  if (obstacle) throw obstacle;
  const tfjsNode = findTfjsNodePackages()[0]!;
  restoreUtilFunctions();
  const quiet = process.env["TF_CPP_MIN_LOG_LEVEL"] === undefined; // TensorFlow's start-up notes are not for our users
  const cluster = clusterOf(process.env["TF_CONFIG"]);
  if (quiet) process.env["TF_CPP_MIN_LOG_LEVEL"] = cluster ? "3" : "2"; // a lost process is told in one line, ours
  // TensorFlow leaves oneDNN off on processors without VNNI, where it is faster too: 8.1 s a learner step instead of
  // 11.3 on AMD Zen 3.
  process.env["TF_ENABLE_ONEDNN_OPTS"] ??= "1";
  const ours = await provisionedLibrary(tfjsNode);
  const shim = ours && loadShim(tfjsNode.bindingPath); // beside another binding, or out of date: do without
  const session = sessionConfig(options);
  shim?.setSessionConfig(session);
  if (options.memory?.keepFreed ?? process.env["TF_ENABLE_ONEDNN_OPTS"] === "0") shim?.keepFreedMemory();
  if (cluster && !shim) throw needsShim();
  if (cluster && !shim!.hasContext()) shim!.setServer(serverDefinition(cluster, session));
  const load = createRequire(join(tfjsNode.directory, "package.json"));
  if (quiet) shim?.captureStderr();
  try {
    load(tfjsNode.directory);
    const binding = load(tfjsNode.bindingPath) as NativeBinding;
    setCluster(cluster);
    return binding;
  } catch (error) {
    throw new BackendError({
      step: "load",
      problem: `${tfjsNode.name} does not load: ${(error as Error).message.split("\n")[0]}`,
      fix: ours ? `remove ${tfjsNode.bindingPath}, then ${setupCommand}` : setupCommand,
    });
  } finally {
    if (quiet) process.stderr.write(withoutNotes(shim?.releaseStderr() ?? ""));
  }
};
