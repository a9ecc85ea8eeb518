import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { useBackend } from "@vpt/backend";
import { VptError } from "@vpt/core";
import { createProgress } from "@vpt/train";
import { defineCommand } from "citty";
import { deviceOf, oneOf, wholeNumber } from "./eval/options.js";

export const exportCommand = defineCommand({
  meta: {
    name: "export",
    description:
      "Writes a trained language model, or the student of a vision run, as Python's transformers loads it. " +
      "Example: vpt export --run runs/a --method value --out models/a",
  },
  args: {
    run: { type: "string", description: "folder of a vpt train", required: true },
    method: { type: "string", description: "one of its methods; needed when there are several" },
    step: { type: "string", description: "the checkpoint after so many steps; the newest by default" },
    out: { type: "string", description: "folder for the model", required: true },
    adapter: {
      type: "boolean",
      description: "of a LoRA run, the adapters alone as PEFT loads them; else they are merged into the weights",
    },
    dtype: { type: "string", default: "f32", description: "f32 or bf16" },
    device: { type: "string", default: "auto", description: "auto, cpu, cuda, wasm or js" },
    json: { type: "boolean", description: "print one JSON object" },
  },
  async run({ args: { run, method, out, adapter, json, ...args } }) {
    const kind = kindOf(run);
    if (adapter && kind === "vision") throw new VptError(`--adapter: ${run} trained no adapters; leave it out`);
    const step = args.step === undefined ? undefined : wholeNumber("--step", args.step, 0);
    const dtype = oneOf("--dtype", args.dtype, ["f32", "bf16"]);
    const { log } = createProgress();
    await useBackend({ device: deviceOf(args.device), log });
    const options = { method, out, step, dtype, log };
    const done =
      kind === "vision"
        ? await (await import("@vpt/train/vision")).exportVisionRun(run, options)
        : await (await import("@vpt/train/language")).exportLanguageRun(run, { ...options, adapter: adapter ?? false });
    console.log(json ? JSON.stringify(done) : `${done.out}: ${done.method} after ${done.step} steps`);
  },
});

/** The kind of run that a folder holds. */
function kindOf(folder: string): "language" | "vision" {
  const path = join(folder, "config.json");
  if (!existsSync(path)) throw new VptError(`--run ${folder}: no config.json; expected the folder of a vpt train`);
  const { kind = "language" } = JSON.parse(readFileSync(path, "utf8")) as { kind?: string };
  if (kind === "language" || kind === "vision") return kind;
  throw new VptError(`--run ${folder}: a ${kind} run; vpt export writes language and vision models`);
}
