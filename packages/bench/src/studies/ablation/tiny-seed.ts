import type { LanguageMethod } from "@vpt/lang";
import { compile as native } from "@vpt/train";
import { downstream, stream } from "./dialect.js";
import { startTiny, tinySettings, type ArmResult, type TinyOptions } from "./tiny-start.js";

/** The arms of one seed, and baseline and value on a stream that has nothing to correct. */
export interface SeedRow {
  readonly seed: number;
  readonly arms: Readonly<Record<string, ArmResult>>;
  readonly clean: Readonly<Record<string, ArmResult>>;
}

/** Arms as rows of the table: a language arm, perhaps with another gate or as many steps as the value arm's time allows. */
const entries: readonly { readonly name: string; readonly arm: LanguageMethod; readonly gate?: number }[] = [
  { name: "baseline", arm: "baseline" },
  { name: "value", arm: "value" },
  { name: "self-distillation", arm: "self-distillation" },
  { name: "self-distillation-0.9", arm: "self-distillation", gate: 0.9 },
  { name: "random", arm: "random-direction" },
  { name: "shuffled", arm: "shuffled-labels" },
  { name: "uniform", arm: "uniform" },
  { name: "sign-flipped", arm: "sign-flipped" },
  { name: "oracle", arm: "oracle" },
  { name: "tilt", arm: "tilt" },
  { name: "sft", arm: "sft" },
];
/** Rows of the table; the last is the baseline with as much time as the value arm took. */
export const tinyArms: readonly string[] = [...entries.map(({ name }) => name), "baseline-equal-time"];

/** All arms of one seed from one warm start, on the same batches. */
export async function runTinySeed(
  seed: number,
  { settings = tinySettings, compile = native, progress }: TinyOptions,
): Promise<SeedRow> {
  const noisy = await startTiny(seed, stream, settings, compile);
  const arms: Record<string, ArmResult> = {};
  for (const { name, arm, gate } of entries) {
    arms[name] = await noisy.run(arm, gate === undefined ? {} : { fixedGate: gate });
    progress.setStatus(
      `seed ${seed} ${name}: NLL ${arms[name].nll.toFixed(3)}, accuracy ${arms[name].accuracy.toFixed(3)}`,
    );
  }
  const { baseline, value } = arms as Record<"baseline" | "value", ArmResult>;
  const affordable = Math.round((settings.steps * value.seconds) / baseline.seconds);
  arms["baseline-equal-time"] = await noisy.run("baseline", { steps: affordable });
  noisy.dispose();
  const aligned = await startTiny(seed, downstream, settings, compile);
  const clean = { baseline: await aligned.run("baseline"), value: await aligned.run("value") };
  aligned.dispose();
  progress.log(`seed ${seed}: baseline ${baseline.nll.toFixed(3)}, value ${value.nll.toFixed(3)}`);
  return { seed, arms, clean };
}
