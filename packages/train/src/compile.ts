import { compile as compileWith } from "@vpt/backend";
import type { Compile } from "@vpt/core";

let traced = 0;

/** Graphs that functions of {@link compile} have made so far in this process: a step that makes one is a slow one. */
export const tracedGraphs = (): number => traced;

/** `compile` for a run: enough traces for every shape of batch, and no talk of it. */
export const compile: Compile = (f) => {
  const compiled = compileWith(f, { cacheSize: 64 });
  const call: typeof f = (...args) => {
    const before = compiled.traces;
    const result = compiled(...args);
    traced += Math.max(0, compiled.traces - before);
    return result;
  };
  return Object.assign(call, { dispose: () => compiled.dispose() });
};
