// Type tests: tsc checks this file. The hand-written input types and the schemas must accept the same configurations.
import type { z } from "zod";
import type { SameInput } from "../config/same-input.js";
import { defineConfig, type runConfigSchema } from "./config.js";
import type { RunConfigInput } from "./run-config-input.js";

const expectTrue = <T extends true>(): T | undefined => undefined;
const expectFalse = <T extends false>(): T | undefined => undefined;
type Schema = z.input<typeof runConfigSchema>;

expectTrue<SameInput<RunConfigInput, Schema>>();
expectFalse<SameInput<RunConfigInput & { readonly typo?: number }, Schema>>();
expectFalse<SameInput<Omit<RunConfigInput, "sampleTokens">, Schema>>();

const rows = { synthetic: "problems" } as const;
export const complete: Schema = defineConfig({ data: { unlabeled: rows, feedback: rows, test: rows } });
// @ts-expect-error data is required
defineConfig({ steps: 10 });
// A preset of the paper's names its data, the others do not
defineConfig({ preset: "paper-v1", model: "tiny", data: { test: rows } });
defineConfig({ preset: "tilt", data: { unlabeled: rows, feedback: rows, test: rows } });
// @ts-expect-error data is required
defineConfig({ preset: "tilt" });
// @ts-expect-error no such key
defineConfig({ preset: "paper-v1", stepz: 3 });
