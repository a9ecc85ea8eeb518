import { BackendError } from "../backend-error.js";
import { bytes, encode, integer, message, type Field } from "../internal/proto-writer.js";

/** The processes of one run, and which of them this is. */
export interface Cluster {
  /** `host:port` of every process, in the order of their ranks. */
  readonly addresses: readonly string[];
  readonly rank: number;
}

const refuse = (problem: string): never => {
  throw new BackendError({
    step: "TF_CONFIG",
    problem,
    fix:
      "set it as in " +
      `TF_CONFIG='{"cluster":{"worker":["host-a:2222","host-b:2222"]},"task":{"type":"worker","index":0}}', ` +
      "or start the processes with vpt launch",
  });
};

const isAddress = (value: unknown): value is string => typeof value === "string" && /^.+:\d+$/.test(value);

/**
 * The cluster that TensorFlow's variable `TF_CONFIG` describes; undefined when it is not set or names one process
 * alone. Chiefs count as workers and come first; evaluators and parameter servers have no part in data parallel.
 *
 * @throws {BackendError} When it is not JSON, or this process's task is not in it.
 */
export const clusterOf = (text: string | undefined): Cluster | undefined => {
  if (!text) return undefined;
  let config: { cluster?: Record<string, unknown>; task?: { type?: unknown; index?: unknown } };
  try {
    config = JSON.parse(text) as typeof config;
  } catch (error) {
    return refuse(`expected JSON, received ${JSON.stringify(text.slice(0, 80))} (${(error as Error).message})`);
  }
  const groups = ["chief", "worker"].map((type) => [type, config.cluster?.[type] ?? []] as const);
  for (const [type, hosts] of groups) {
    if (!Array.isArray(hosts) || !hosts.every(isAddress))
      refuse(`cluster.${type}: expected a list of host:port, received ${JSON.stringify(hosts)}`);
  }
  const tasks = groups.flatMap(([type, hosts]) =>
    (hosts as string[]).map((address, index) => ({ type: type as string, index, address })),
  );
  if (tasks.length <= 1) return undefined;
  const { type, index } = config.task ?? {};
  const rank = tasks.findIndex((task) => task.type === type && task.index === Number(index));
  if (rank < 0) refuse(`task ${JSON.stringify(config.task)} is none of the ${tasks.length} processes in cluster`);
  return { addresses: tasks.map(({ address }) => address), rank };
};

/**
 * Bytes of TensorFlow's ServerDef: cluster 1 { job 1 { name 1, tasks 2 (a map) } }, job name 2, task 3, session config
 * 4 { experimental 16 { collective group leader 1 } }, protocol 5.
 */
export const serverDefinition = ({ addresses, rank }: Cluster, session: Uint8Array): Uint8Array => {
  const tasks = addresses.map((address, i): Field => message(2, [integer(1, i), bytes(2, address)]));
  return encode([
    message(1, [message(1, [bytes(1, "worker"), ...tasks])]),
    bytes(2, "worker"),
    integer(3, rank),
    message(4, [session, message(16, [bytes(1, "/job:worker/replica:0/task:0")])]),
    bytes(5, "grpc"),
  ]);
};
