import { z } from "zod";
import type { CustomMethod } from "../workload.js";

const count = z.int().positive();

/** A function or an object with the functions named; kept as it is, since a configuration is a program. */
const withFunctions = <T>(what: string, ...names: string[]): z.ZodType<T, T> =>
  z.custom<T>(
    (value) =>
      typeof value === "object" &&
      value !== null &&
      names.every((name) => typeof (value as Record<string, unknown>)[name] === "function"),
    `expected ${what}, an object with ${names.map((name) => `${name}()`).join(", ")}`,
  );

/** The schema of a method of the user's own in `methods`. */
export const customMethodSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9.-]*$/, "expected letters, digits, dots and dashes")
    .describe("the method's folder and its row in the summary"),
  designer: withFunctions<NonNullable<CustomMethod["designer"]>>("a designer", "init", "design", "baselineTask")
    .optional()
    .describe("makes the learner's task; the workload's learned designer by default"),
  feedback: withFunctions<NonNullable<CustomMethod["feedback"]>>("a feedback", "gradient")
    .optional()
    .describe("estimates the downstream gradient; the gradient on `data.feedback` by default"),
  evaluate: z
    .custom<NonNullable<CustomMethod["evaluate"]>>((value) => typeof value === "function", "expected a function")
    .optional()
    .describe("(params) => Promise<Record<string, number>>: further metrics of the trained parameters"),
});

/** The schema of `methods`: built-in names and the user's own methods; no name twice. */
export const methodsSchema = <const Names extends readonly [string, ...string[]]>(names: Names) =>
  z
    .array(z.union([z.enum(names), customMethodSchema]))
    .min(1)
    .refine((methods) => {
      const each = methods.map((method) => (typeof method === "string" ? method : method.name));
      return new Set(each).size === each.length && !each.includes("pretrain");
    }, 'expected each method once, and none called "pretrain"')
    .refine(
      (methods) => methods.every((method) => typeof method === "string" || !names.includes(method.name)),
      "expected a name of its own for your method, not a built-in one",
    )
    .describe(
      `methods to train from the same start, one after another: ${names.join(", ")}, or { name, … } of your own`,
    );

const cadence = z.union([
  count,
  z.string().regex(/^\d+(\.\d+)?\s*(s|min|h)$/, 'expected steps such as 50, or a time such as "60s", "5min" or "1h"'),
]);

/** The keys that every workload's configuration has: the runner's own. */
export const sharedConfigShape = {
  seed: z
    .int()
    .default(0)
    .describe("seed of the batches, the designer, the feedback and, unless a checkpoint is loaded, the model"),
  steps: count.default(40).describe("learner steps of each method; with match seconds, of the baseline"),
  match: z
    .enum(["steps", "seconds"])
    .default("steps")
    .describe(
      "what the methods have in common: as many steps each, or as many seconds of training as the baseline takes for " +
        "`steps`, all of a method's own overhead included",
    ),
  matchSeconds: z
    .number()
    .positive()
    .optional()
    .describe("with match seconds: the seconds of training of each method, in place of the baseline's"),
  pretrainSteps: z
    .int()
    .min(0)
    .default(0)
    .describe("steps of the ordinary objective before the methods, which all start from the result"),
  gradientAccumulation: count
    .default(1)
    .describe("batches whose gradients are averaged into one step: a larger batch in the same memory"),
  spikeFactor: z
    .number()
    .min(0)
    .default(0)
    .describe("skip steps whose loss is this many median deviations above the median of the last 50; 0 disables it"),
  maxSkippedSteps: count
    .default(10)
    .describe("end the run after this many skipped steps in a row; the last good state is saved"),
  probeEvery: count.default(5).describe("steps between two probes of the predicted against the realised decrease"),
  saveEvery: count.default(10).describe("steps between checkpoints"),
  keepCheckpoints: count.default(2).describe("newest checkpoints that are kept"),
  evaluate: z
    .strictObject({
      every: cadence.describe('steps between evaluations, or a time such as "60s" or "5min"'),
      quick: z.boolean().default(true).describe("the small evaluation; false runs the one of the end of the run"),
      best: z
        .string()
        .optional()
        .describe("metric whose best evaluation is kept as checkpoints/best, such as nll; none by default"),
    })
    .optional()
    .describe("evaluate during the run, into evaluations.jsonl; off by default"),
  backend: z
    .strictObject({
      device: z
        .enum(["auto", "cpu", "cuda", "wasm", "js"])
        .default("auto")
        .describe("where tensors live; auto takes the fastest that works"),
      threads: count.optional().describe("threads of the native runtime; as many as cores by default"),
      compile: z.boolean().default(true).describe("run steps as compiled graphs"),
      precision: z
        .enum(["f32", "tf32", "bf16"])
        .default("f32")
        .describe("precision of matrix products in compiled steps; parameters and moments stay float32"),
    })
    .prefault({})
    .describe("the runtime"),
} satisfies z.ZodRawShape;

/** A check of the shared keys that every workload's schema makes: `matchSeconds` goes with `match: "seconds"`. */
export const matchRule: [
  (config: { readonly match: string; readonly matchSeconds?: number | undefined }) => boolean,
  { path: string[]; message: string },
] = [
  ({ match, matchSeconds }) => matchSeconds === undefined || match === "seconds",
  { path: ["matchSeconds"], message: 'expected match: "seconds" beside it' },
];

/**
 * The schema of a workload that has no keys of its own but `methods`: for a small modality; others spread {@link
 * sharedConfigShape}.
 */
export const sharedConfigSchema = <const Names extends readonly [string, ...string[]]>(methods: Names) =>
  z.strictObject({ ...sharedConfigShape, methods: methodsSchema(methods).default([...methods]) }).refine(...matchRule);

/** The runner's own keys with all defaults in place; `methods` and `data` are the workload's. */
export type SharedConfig = z.output<z.ZodObject<typeof sharedConfigShape>> & {
  readonly methods: readonly (string | CustomMethod)[];
};

/** Keys that may change when a run resumes: they do not change what was computed. */
export const resumableKeys = ["saveEvery", "keepCheckpoints", "probeEvery", "evaluate", "maxSkippedSteps"] as const;
