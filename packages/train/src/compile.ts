import { compile as compileWith } from "@vpt/backend";
import type { Compile } from "@vpt/core";

/** `compile` for a run: enough traces for every shape of batch, and no talk of it. */
export const compile: Compile = (f) => compileWith(f, { cacheSize: 64 });
