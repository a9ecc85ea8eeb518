import * as tf from "@tensorflow/tfjs";
import { pick, VptError, type Feedback } from "@vpt/core";
import { generate, type Generation } from "../generate/index.js";
import type { LanguageModel } from "../model/language-model.js";
import { sampleRows } from "./sample-rows.js";
import { runVerifier, type UnscoredReason, type Verifier } from "./run-verifier.js";
import { signedNllGradient, type SignedExample, type SignedNllOptions } from "./signed-nll-gradient.js";

/** What was sampled and what came of it. */
export interface VerifierRound {
  readonly prompts: number;
  readonly samples: number;
  /** Samples whose check gave no reward, by why; they are left out, never counted as failures. */
  readonly unknown: Readonly<Record<UnscoredReason, number>>;
  /** Prompts whose known rewards differ: only those carry anything. */
  readonly informative: number;
  /** Over the known rewards; NaN when there are none. */
  readonly meanReward: number;
}

/** Prompts, the check, and how completions are sampled. */
export interface VerifierFeedbackOptions extends SignedNllOptions {
  readonly prompts: readonly string[];
  readonly verify: Verifier;
  /** Prompts a gradient. Default 4. */
  readonly batchSize?: number;
  /** k: completions a prompt, at least 2. Default 4. */
  readonly samples?: number;
  readonly maxNewTokens?: number;
  readonly stop?: readonly string[];
  /**
   * Milliseconds a check may take; default 10 000. A check that blocks the thread must end itself: run it elsewhere.
   */
  readonly timeout?: number;
  readonly onRound?: (round: VerifierRound) => void;
}

/**
 * Feedback from a check instead of labels: unit tests, a calculator, a tool. Samples k completions y of each drawn
 * prompt from the learner itself, and gives the leave-one-out policy gradient `∇ Σ_i c_i NLL(y_i)`, `c_i = A_i/(n·k)`,
 * `A_i = ρ_i − mean_{j≠i} ρ_j`: minus the gradient of the expected reward, without bias. Prompts whose rewards are all
 * equal carry nothing; when all are so the gradient is zero, the meta step is skipped and counted, and training goes
 * on.
 *
 * @param model Its tokenizer and configuration; the parameters are those of the moment.
 * @throws {VptError} When there are no prompts, or fewer than two samples.
 * @example
 * ```ts
 * const verify = ({ text }: { text: string }) => text.startsWith("5");
 * const feedback = verifierFeedback(model, { prompts: ["2 + 3 = "], verify, maxNewTokens: 2 });
 * ```
 * @see arXiv 2402.14740 (RLOO), equation 7; method 9. The paper names pass/fail feedback and does not say how.
 * @category feedback
 */
export function verifierFeedback(
  { config, tokenizer }: Omit<LanguageModel, "params">,
  {
    prompts,
    verify,
    batchSize = 4,
    samples = 4,
    maxNewTokens = 64,
    stop = [],
    timeout = 10_000,
    onRound,
    ...options
  }: VerifierFeedbackOptions,
): Feedback {
  if (prompts.length === 0) throw new VptError("verifierFeedback: no prompts; give at least one");
  if (!(Number.isInteger(samples) && samples >= 2)) {
    throw new VptError(
      `verifierFeedback: samples ${samples}; expected a whole number of at least 2: each is judged against the others`,
    );
  }
  return {
    async gradient(params, subset, random) {
      const drawn = sampleRows(prompts, batchSize, random);
      const asked = drawn.flatMap((prompt) => Array<string>(samples).fill(prompt));
      const completions = await generate({ config, tokenizer, params }, asked, {
        maxNewTokens,
        stop,
        temperature: 1,
        random,
      });
      const unknown: Record<UnscoredReason, number> = { threw: 0, "timed out": 0, "not a number": 0 };
      const known: number[] = [];
      const signed: SignedExample[] = [];
      let informative = 0;
      for (const [p, prompt] of drawn.entries()) {
        const group: { readonly completion: Generation; readonly reward: number }[] = [];
        for (const completion of completions.slice(p * samples, (p + 1) * samples)) {
          const reward = await runVerifier(verify, { prompt, text: completion.text }, timeout);
          if (typeof reward === "number") group.push({ completion, reward });
          else unknown[reward] += 1;
        }
        known.push(...group.map(({ reward }) => reward));
        const total = group.reduce((sum, { reward }) => sum + reward, 0);
        if (group.every(({ reward }) => reward === group[0]!.reward)) continue;
        informative += 1;
        for (const { completion, reward } of group) {
          const advantage = reward - (total - reward) / (group.length - 1);
          const coefficient = advantage / (drawn.length * group.length);
          const example = completed(tokenizer.encode(prompt), completion, tokenizer.eos);
          if (coefficient !== 0) signed.push({ example, coefficient });
        }
      }
      const meanReward = known.reduce((sum, reward) => sum + reward, 0) / known.length;
      onRound?.({ prompts: drawn.length, samples: completions.length, unknown, informative, meanReward });
      if (signed.length > 0) return signedNllGradient(config, params, subset, signed, options);
      return Object.fromEntries(
        Object.entries(pick(params, subset)).map(([name, tensor]) => [name, tf.zerosLike(tensor)]),
      );
    },
  };
}

/** A prompt and what the learner drew, its end token too, as a row in which only the drawn tokens count. */
function completed(prompt: readonly number[], { ids, finish }: Generation, end: number | undefined) {
  const tokens = [...prompt, ...ids, ...(finish === "end" && end !== undefined ? [end] : [])];
  return {
    ids: Int32Array.from(tokens.slice(0, -1)),
    labels: Int32Array.from(tokens.slice(1)),
    lossMask: Uint8Array.from(tokens.slice(1), (_, t) => (t + 1 >= prompt.length ? 1 : 0)),
  };
}
