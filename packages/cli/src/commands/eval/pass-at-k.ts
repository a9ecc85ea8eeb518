import { VptError } from "@vpt/core";
import type { EvaluationRecord } from "@vpt/eval";
import { gsm8kTask } from "@vpt/eval/gsm8k";
import { mathTask } from "@vpt/eval/math";
import { omegaTask } from "@vpt/eval/omega";
import { countSamples, passAtK, passAtKCurve } from "@vpt/eval/pass-at-k";
import { bootstrapMean } from "@vpt/eval/statistics";
import { defineCommand } from "citty";
import { loadGsm8k, loadMath } from "./load-items-of.js";
import { loadOmega } from "./load-omega.js";
import { decodingOf, generationArgs, limitOf, oneOf, realNumber, wholeNumber } from "./options.js";
import { runGeneration } from "./run-generation.js";
import { showRecord } from "./show-record.js";

export const passAtKCommand = defineCommand({
  meta: {
    name: "pass-at-k",
    description:
      "Pass@k from n samples an item. Example: vpt eval pass-at-k --task gsm8k --model smollm2 --data test.jsonl",
  },
  args: {
    ...generationArgs,
    task: { type: "string", default: "gsm8k", description: "gsm8k, math or omega" },
    samples: { type: "string", default: "32", description: "samples an item" },
    temperature: { type: "string", default: "0.7", description: "of the samples" },
    "top-p": { type: "string", default: "0.95", description: "nucleus of the samples" },
    ks: { type: "string", default: "1,2,4,8,16", description: "values of k" },
  },
  async run({ args }) {
    if (args.shots !== undefined && args.shots !== "0")
      throw new VptError("--shots: expected 0; pass-at-k asks without demonstrations");
    const samples = wholeNumber("--samples", args.samples);
    const ks = args.ks.split(",").map((k) => wholeNumber("--ks", k));
    if (Math.max(...ks) > samples)
      throw new VptError(`--ks: expected values up to the ${samples} samples, received ${args.ks}`);
    const decoding = {
      temperature: realNumber("--temperature", args.temperature, [0, 100]),
      topP: realNumber("--top-p", args["top-p"], [0, 1]),
      ...decodingOf(args),
    };
    const sampling = { samples, seed: wholeNumber("--seed", args.seed, 0) };
    const run = {
      gsm8k: async () => runGeneration(gsm8kTask({ decoding }), await loadGsm8k(args), args, sampling),
      math: async () => runGeneration(mathTask({ decoding }), await loadMath(args), args, sampling),
      omega: async () =>
        runGeneration(omegaTask({ decoding }), await loadOmega(args.data, args.split, limitOf(args)), args, sampling),
    }[oneOf("--task", args.task, ["gsm8k", "math", "omega"])];
    const record = await run();
    showRecord(record, args, { data: args.data, passAtK: curve(record, ks) });
  },
});

/** The curve, with an interval over items (not over the samples of one). */
function curve(record: EvaluationRecord, ks: readonly number[]) {
  const problems = countSamples(record.perItem);
  return passAtKCurve(problems, ks).map((point) => {
    const { stderr, ci95, method } = bootstrapMean(problems.map(({ n, c }) => passAtK(n, c, point.k)));
    return { ...point, stderr, ci95, method };
  });
}
