// Type tests: tsc checks this file. The hand-written input types and the schemas must accept the same configurations.
import type { z } from "zod";
import type { SameInput } from "../config/same-input.js";
import { defineVisionConfig, type visionConfigSchema } from "./config.js";
import type { VisionConfigInput } from "./vision-config-input.js";

const expectTrue = <T extends true>(): T | undefined => undefined;
const expectFalse = <T extends false>(): T | undefined => undefined;
type Schema = z.input<typeof visionConfigSchema>;

expectTrue<SameInput<VisionConfigInput, Schema>>();
expectFalse<SameInput<VisionConfigInput & { readonly typo?: number }, Schema>>();
expectFalse<SameInput<Omit<VisionConfigInput, "batchSize">, Schema>>();

export const complete: Schema = defineVisionConfig({ kind: "vision", steps: 60 });
// @ts-expect-error kind is required
defineVisionConfig({ steps: 60 });
