import { BackendError } from "../backend-error.js";
import { runCommand } from "../internal/run-command.js";

/** The Python that runs pip: `$VPT_PYTHON`, else `python3`. Any version does; wheels are chosen by explicit tags. */
export const python = (): string => process.env["VPT_PYTHON"] || "python3";

/** Tags under which NVIDIA's wheels are published; TensorFlow's own tag goes before them. */
const olderPlatforms = (platform: string): readonly string[] => {
  const machine = platform.replace(/^manylinux_\d+_\d+_/, "");
  return ["2_27", "2_18", "2_17", "2_12", "2_5"]
    .map((version) => `manylinux_${version}_${machine}`)
    .concat(`manylinux2014_${machine}`);
};

const problems: readonly (readonly [RegExp, string, string])[] = [
  [
    /No module named pip/,
    "this Python has no pip",
    "apt-get install python3-pip (or python3 -m ensurepip), then run the same command again",
  ],
  [/No space left on device/, "the disk is full", "free 3 GB, or set VPT_CACHE to a folder on another disk"],
  [
    /./,
    "pip could not reach its package index or found no such wheel",
    "check the network and pip's settings (`python3 -m pip config list`), then run the same command " +
      "again; offline, set VPT_TENSORFLOW_DIR to a TensorFlow that is already on disk",
  ],
];

/** Runs `pip download` or `pip install --target` for wheels of another Python than the one that runs it. */
export const pip = async (args: readonly string[], platform: string, what: string): Promise<void> => {
  const platforms = [...new Set([platform, ...olderPlatforms(platform)])].flatMap((tag) => ["--platform", tag]);
  const tags = ["--only-binary=:all:", "--python-version", "3.11", "--implementation", "cp", ...platforms];
  const { status, output } = await runCommand(python(), ["-m", "pip", ...args.slice(0, 1), ...tags, ...args.slice(1)]);
  if (status === 0) return;
  if (status === null)
    throw new BackendError({
      step: "python",
      problem: `${python()} was not found; its pip fetches TensorFlow's library`,
      fix: "apt-get install python3 python3-pip, or set VPT_PYTHON to a Python 3, then run the same command again",
    });
  const [, problem, fix] = problems.find(([pattern]) => pattern.test(output)) ?? problems.at(-1)!;
  const said = output.split("\n").findLast((line) => line.startsWith("ERROR: "));
  throw new BackendError({ step: what, problem: said ? `${problem} (${said.trim()})` : problem, fix });
};
