import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { constants, cpus } from "node:os";
import { createInterface } from "node:readline";
import { VptError } from "@vpt/contracts";

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

/**
 * Starts the processes of a data-parallel run on this machine and waits for them. When one fails the others are
 * stopped.
 *
 * @returns The exit code: 0 when all ended with 0, else that of the first that failed.
 * @throws {VptError} When the count is not above 0, or the program cannot be started.
 * @example
 * ```ts
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
  const [program, ...args] = command;
  if (program === undefined) throw new VptError("vpt launch: no command; expected vpt launch -n 2 -- vpt train …");
  const ports = await freePorts(count);
  const shared = sharedFolder();
  const stopSharing = (): void => {
    if (shared !== undefined) rmSync(shared, { recursive: true, force: true });
  };
  const [file, argv] = program === "vpt" ? [process.execPath, [process.argv[1]!, ...args]] : [program, args];
  const children = ports.map((_, rank) => {
    // A group of its own: a Ctrl-C of the terminal reaches it through us, once
    const child = spawn(file, argv, {
      env: environmentOf(rank, ports, shared),
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    for (const stream of ["stdout", "stderr"] as const)
      createInterface({ input: child[stream] }).on("line", (line) => write(`[${rank}] ${line}`, stream));
    return child;
  });
  const tellAll = (name: NodeJS.Signals): void => {
    for (const child of children) if (isRunning(child)) child.kill(name);
  };
  const stop = (): void => tellAll("SIGTERM");
  signal?.addEventListener("abort", stop, { once: true });
  let failed: number | undefined;
  let patience: NodeJS.Timeout | undefined;
  const ended = (rank: number, code: number | null, name: NodeJS.Signals | null): void => {
    const status = code ?? 128 + constants.signals[name!];
    if (status === 0 || failed !== undefined) return;
    failed = status;
    stopSharing();
    if (signal?.aborted !== true)
      write(
        `vpt launch: process ${rank} of ${count} ended ${name ? `by ${name}` : `with code ${code}`}; ` +
          "stopping the others (with --resume all go on from the last checkpoint)",
        "stderr",
      );
    stop();
    patience = setTimeout(() => tellAll("SIGKILL"), graceMs);
  };
  try {
    await Promise.all(
      children.map(
        (child, rank) =>
          new Promise<void>((resolve, reject) => {
            child.once("error", (error) => {
              tellAll("SIGKILL");
              reject(new VptError(`vpt launch: ${program} does not start (${error.message})`));
            });
            child.once("close", (code, name) => {
              if (child.pid !== undefined) ended(rank, code, name);
              resolve();
            });
          }),
      ),
    );
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
