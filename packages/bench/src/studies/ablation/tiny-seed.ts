import type { LanguageMethod } from "@vpt/lang";
import { compile as native } from "@vpt/train";
import { downstream, stream } from "./synthetic-dialect.js";
import { startTiny, tinySettings, type MethodResult, type TinyOptions } from "./tiny-start.js";

/** The methods of one seed, and baseline and value on a stream that has nothing to correct. */
export interface SeedRow {
  readonly seed: number;
  readonly methods: Readonly<Record<string, MethodResult>>;
  readonly clean: Readonly<Record<string, MethodResult>>;
}

/**
 * Methods as rows of the table: a language method, perhaps with another gate or as many steps as the value method's
 * time allows.
 */
const entries: readonly { readonly name: string; readonly method: LanguageMethod; readonly gate?: number }[] = [
  { name: "baseline", method: "baseline" },
  { name: "value", method: "value" },
  { name: "self-distillation", method: "self-distillation" },
  { name: "self-distillation-0.9", method: "self-distillation", gate: 0.9 },
  { name: "random", method: "random-direction" },
  { name: "shuffled", method: "shuffled-labels" },
  { name: "uniform", method: "uniform" },
  { name: "sign-flipped", method: "sign-flipped" },
  { name: "oracle", method: "oracle" },
  { name: "tilt", method: "tilt" },
  { name: "sft", method: "sft" },
];
/** Rows of the table; the last is the baseline with as much time as the value method took. */
export const tinyMethods: readonly string[] = [...entries.map(({ name }) => name), "baseline-equal-time"];

/** All methods of one seed from one warm start, on the same batches. */
export async function runTinySeed(
  seed: number,
  { settings = tinySettings, compile = native, progress }: TinyOptions,
): Promise<SeedRow> {
  const noisy = await startTiny(seed, stream, settings, compile);
  const methods: Record<string, MethodResult> = {};
  for (const { name, method, gate } of entries) {
    methods[name] = await noisy.run(method, gate === undefined ? {} : { fixedGate: gate });
    progress.setStatus(
      `seed ${seed} ${name}: NLL ${methods[name].nll.toFixed(3)}, accuracy ${methods[name].accuracy.toFixed(3)}`,
    );
  }
  const { baseline, value } = methods as Record<"baseline" | "value", MethodResult>;
  const affordable = Math.round((settings.steps * value.seconds) / baseline.seconds);
  methods["baseline-equal-time"] = await noisy.run("baseline", { steps: affordable });
  noisy.dispose();
  const aligned = await startTiny(seed, downstream, settings, compile);
  const clean = { baseline: await aligned.run("baseline"), value: await aligned.run("value") };
  aligned.dispose();
  progress.log(`seed ${seed}: baseline ${baseline.nll.toFixed(3)}, value ${value.nll.toFixed(3)}`);
  return { seed, methods, clean };
}
