import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { useBackend } from "@vpt/backend";
import { VptError } from "@vpt/core";
import { createCheckpoints } from "@vpt/core/run";
import {
  initAdapter,
  loadLanguageModel,
  mergeAdapter,
  saveAdapter,
  saveLanguageModel,
  tinyLanguageModel,
} from "@vpt/lang";
import { resolveModel } from "@vpt/hub";
import { defineCommand } from "citty";
import { type RunConfig, selectTrainable } from "@vpt/train/language";
import { methodFolder, methodName, createProgress } from "@vpt/train";
import { tensorFile } from "@vpt/weights";
import { deviceOf, oneOf, wholeNumber } from "./eval/options.js";

export const exportCommand = defineCommand({
  meta: {
    name: "export",
    description:
      "Writes a trained language model as Python's transformers loads it. Example: vpt export --run " +
      "runs/a --method designer --out models/a",
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
  async run({ args }) {
    const path = join(args.run, "config.json");
    if (!existsSync(path)) throw new VptError(`--run ${args.run}: no config.json; expected the folder of a vpt train`);
    const run = JSON.parse(readFileSync(path, "utf8")) as RunConfig;
    const { kind = "language" } = run as { kind?: string };
    if (kind !== "language") throw new VptError(`--run ${args.run}: a ${kind} run; vpt export writes language models`);
    if (!Array.isArray(run.methods) || typeof run.model !== "string")
      throw new VptError(`--run ${args.run}: not a run of a language model`);
    const method = methodOf(run, args.method);
    const step = args.step === undefined ? undefined : wholeNumber("--step", args.step, 0);
    const dtype = oneOf("--dtype", args.dtype, ["f32", "bf16"]);
    const { log: say } = createProgress();
    await useBackend({ device: deviceOf(args.device), log: say });
    const model =
      run.model === "tiny"
        ? tinyLanguageModel(run.seed)
        : await loadLanguageModel(await resolveModel(run.model, { log: say }));
    const { config } = model;
    const lora = run.learner?.lora && selectTrainable(config, run).lora;
    if (args.adapter && !lora) throw new VptError(`--adapter: ${args.run} trained no adapters; leave it out`);
    const start = lora ? { ...model.params, ...initAdapter(config, lora, run.seed) } : model.params;
    const folder = join(methodFolder(args.run, method), "checkpoints");
    const saved = await createCheckpoints(folder, tensorFile, { keep: run.keepCheckpoints }).latest(start, step);
    if (saved === undefined)
      throw new VptError(
        step === undefined
          ? `${folder}: no whole checkpoint; train the method first`
          : `--step ${step}: no whole checkpoint of it in ${folder}; "saveEvery" and "keepCheckpoints" say ` +
              "which are kept",
      );
    const { params } = saved.state;
    if (lora && args.adapter) await saveAdapter(args.out, { config, lora, params, base: run.model });
    else
      await saveLanguageModel(
        args.out,
        { ...model, params: lora ? mergeAdapter(config, lora, params) : params },
        { dtype },
      );
    const done = { out: args.out, method, step: saved.state.step, dtype };
    console.log(args.json ? JSON.stringify(done) : `${done.out}: ${method} after ${done.step} steps`);
  },
});

function methodOf(run: RunConfig, asked: string | undefined): string {
  const methods = run.methods.map(methodName);
  if (asked !== undefined) return oneOf("--method", asked, methods);
  if (methods.length === 1) return methods[0]!;
  throw new VptError(`--method: expected one of ${methods.join(", ")}`);
}
