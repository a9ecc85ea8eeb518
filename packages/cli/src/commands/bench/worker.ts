/** Of benchmarks of several processes. */
export const workerArgument = {
  worker: { type: "boolean", description: "one of the processes: what the command starts, not for typing" },
} as const;

/** Arguments for the processes: they print JSON anyway, and keep nothing. */
export const withoutFlags = (rawArgs: readonly string[]): readonly string[] =>
  rawArgs.filter((arg, i) => arg !== "--json" && !/^--out(=|$)/.test(arg) && rawArgs[i - 1] !== "--out");
