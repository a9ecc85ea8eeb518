import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { constants, cpus } from "node:os";
import { createInterface } from "node:readline";
import { BackendError } from "../backend-error.js";

/** What to start, how often, and who wants to know. */
export interface LaunchOptions {
  readonly count: number;
  /** Program and arguments of each process; `vpt` is this program. */
  readonly command: readonly string[];
  /** Told each line of output, with its process in front. Default: stdout and stderr. */
  readonly write?: (line: string, stream: "stdout" | "stderr") => void;
  /** Milliseconds that the others have to end after one failed. */
  readonly graceMs?: number;
  /** Ends all: each process is told SIGTERM. */
  readonly signal?: AbortSignal;
}

/** Ports of this machine that nobody listens on now. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer().once("error", reject);
          server.listen(0, "127.0.0.1", () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** GPUs that this process may use, as CUDA_VISIBLE_DEVICES names them. */
function gpus(): readonly string[] {
  const chosen = process.env["CUDA_VISIBLE_DEVICES"];
  if (chosen !== undefined) return chosen.split(",").filter((name) => name !== "" && name !== "-1");
  try {
    return readdirSync("/dev").flatMap((name) => /^nvidia(\d+)$/.exec(name)?.[1] ?? []);
  } catch {
    return [];
  }
}

/**
 * A folder that lies in memory, where the system has that: through it the processes share their gradients. Removed when
 * one of them fails, which tells the others.
 */
const sharedFolder = (): string | undefined =>
  existsSync("/dev/shm") && process.env["VPT_SHARED_MEMORY"] === undefined ? mkdtempSync("/dev/shm/vpt-") : undefined;

/**
 * What tells process `rank` its part: its place in the cluster, its share of the cores, its GPU where there is one for
 * each.
 */
function environmentOf(rank: number, ports: readonly number[], shared: string | undefined): NodeJS.ProcessEnv {
  const count = ports.length;
  const threads = String(Math.max(1, Math.floor(cpus().length / count)));
  const devices = gpus();
  return {
    TF_NUM_INTRAOP_THREADS: threads,
    TF_NUM_INTEROP_THREADS: threads,
    ...process.env,
    ...(shared !== undefined && { VPT_SHARED_MEMORY: shared }),
    ...(devices.length >= count && { CUDA_VISIBLE_DEVICES: devices[rank] }),
    TF_CONFIG: JSON.stringify({
      cluster: { worker: ports.map((port) => `127.0.0.1:${port}`) },
      task: { type: "worker", index: rank },
    }),
  };
}

type Write = NonNullable<LaunchOptions["write"]>;

/** Starts one process of a run; its lines of output go to `write` with its number in front. */
const start = (command: readonly string[], rank: number, env: NodeJS.ProcessEnv, write: Write): ChildProcess => {
  const [program, ...args] = command as readonly [string, ...string[]];
  const [file, argv] = program === "vpt" ? [process.execPath, [process.argv[1]!, ...args]] : [program, args];
  // A group of its own: a Ctrl-C of the terminal reaches it through us, once
  const child = spawn(file, argv, { env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  for (const stream of ["stdout", "stderr"] as const)
    createInterface({ input: child[stream] }).on("line", (line) => write(`[${rank}] ${line}`, stream));
  return child;
};

/** Resolves with what a process ended with: its exit code, and the signal if one ended it. */
const end = (child: ChildProcess, program: string) =>
  new Promise<{ readonly code: number; readonly signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once("error", (error) =>
      reject(
        new BackendError({
          step: "launch",
          problem: `${program} does not start (${error.message})`,
          fix: "check the command after --; it needs the path of a program, or vpt",
        }),
      ),
    );
    child.once("close", (code, signal) => resolve({ code: code ?? 128 + constants.signals[signal!], signal }));
  });

/**
 * Starts the processes of a data-parallel run on this machine and waits for them. When one fails the others are
 * stopped.
 *
 * @returns The exit code: 0 when all ended with 0, else that of the first that failed.
 * @throws {BackendError} When the count is not above 0, or the program cannot be started.
 * @example
 * ```ts
 * import { launch } from "@vpt/backend";
 * process.exitCode = await launch({ count: 2, command: ["vpt", "train", "run.config.ts"] });
 * ```
 */
export async function launch({
  count,
  command,
  write = (line, stream) => process[stream].write(`${line}\n`),
  graceMs = 10_000,
  signal,
}: LaunchOptions): Promise<number> {
  const [program] = command;
  if (program === undefined || !Number.isInteger(count) || count < 1)
    throw new BackendError({
      step: "launch",
      problem: program === undefined ? "no command" : `${count} processes; expected a whole number from 1`,
      fix: "vpt launch -n 2 -- vpt train run.config.ts",
    });
  const ports = await freePorts(count);
  const shared = sharedFolder();
  const stopSharing = (): void => {
    if (shared !== undefined) rmSync(shared, { recursive: true, force: true });
  };
  const children = ports.map((_, rank) => start(command, rank, environmentOf(rank, ports, shared), write));
  const signalAll = (name: NodeJS.Signals): void => {
    for (const child of children) if (isRunning(child)) child.kill(name);
  };
  const stop = (): void => signalAll("SIGTERM");
  signal?.addEventListener("abort", stop, { once: true });
  let failed: number | undefined;
  let patience: NodeJS.Timeout | undefined;
  const wait = async (child: ChildProcess, rank: number): Promise<void> => {
    const ended = await end(child, program);
    if (ended.code === 0 || failed !== undefined) return;
    failed = ended.code;
    stopSharing();
    const how = ended.signal ? `by ${ended.signal}` : `with code ${ended.code}`;
    if (signal?.aborted !== true)
      write(
        `vpt launch: process ${rank} of ${count} ended ${how}; stopping the others (with --resume all go on ` +
          "from the last checkpoint)",
        "stderr",
      );
    stop();
    patience = setTimeout(() => signalAll("SIGKILL"), graceMs);
  };
  try {
    await Promise.all(children.map(wait));
  } catch (error) {
    signalAll("SIGKILL");
    throw error;
  } finally {
    clearTimeout(patience);
    stopSharing();
    signal?.removeEventListener("abort", stop);
  }
  return failed ?? 0;
}

/** A process that never started has no number, and a signal to no number goes to our own group. */
const isRunning = ({ pid, exitCode, signalCode }: ChildProcess): boolean =>
  pid !== undefined && exitCode === null && signalCode === null;
