import * as tf from "@tensorflow/tfjs";
import { disposeUnreferenced, trainStep, type Learner, type TrainState } from "@vpt/core";
import { candidateLogProbs, collate, type LanguageBatch, type LanguageView } from "@vpt/lang";
import type { RunConfig } from "./config.js";
import type { BuiltMethod } from "./build-method.js";
import type { LoadedExperiment } from "./load-experiment.js";

/** What the learner was asked to predict at one position. */
export interface TargetPosition {
  /** The text before it, cut to its end. */
  readonly context: string;
  /** The true next token. */
  readonly truth: string;
  readonly gate: number;
  /** The candidates with the largest share of the target: their text, the learner's probability, and the target's. */
  readonly candidates: readonly { readonly token: string; readonly learner: number; readonly target: number }[];
}
/** The targets of a few rows at one moment of a run. */
export interface TargetSnapshot {
  readonly positions: readonly TargetPosition[];
  /** α of every counted position. */
  readonly gates: readonly number[];
  /** Mean share of the target by slot: the true token, then the learner's best others in order. */
  readonly slots: readonly number[];
}

const rowsShown = 2;
const positionsShown = 12;
const candidatesShown = 4;

/**
 * The targets that an method would give for the first rows of its stream at `state`, whose moments and average of
 * feedback decide the value's direction. Undefined for an method whose target is the true token.
 */
export async function sampleTargets(
  { model, firstTrainableBlock: from, datasets: sets }: LoadedExperiment,
  { options }: Pick<BuiltMethod, "options">,
  run: RunConfig,
  state: TrainState,
): Promise<TargetSnapshot | undefined> {
  if (!options.value && options.startDesigningAt === undefined) return undefined;
  const rows = (sets.unlabeledTest.length > 0 ? sets.unlabeledTest : sets.unlabeled).slice(0, rowsShown);
  const batch = collate(rows, { loss: run.loss, ...(from > 0 && { from }) });
  const texts = rows.flatMap((row) =>
    [...row.lossMask.keys()].flatMap((t) =>
      row.lossMask[t] === 0
        ? []
        : [{ context: model.tokenizer.decode(row.ids.subarray(Math.max(0, t - 24), t + 1)), next: row.labels[t]! }],
    ),
  );
  try {
    const seen = await taskOf({ ...state, step: run.value.burnInSteps }, batch, options);
    const decode = (id: number): string => model.tokenizer.decode([id]);
    const of_N = texts.map(({ context, next }, n): TargetPosition => {
      const candidates = seen.ids[n]!.map((id, k) => ({
        token: decode(id),
        learner: round(Math.exp(seen.logP[n]![k]!)),
        target: round(seen.probs[n]![k]!),
      }));
      candidates.sort((a, b) => b.target - a.target);
      return {
        context,
        truth: decode(next),
        gate: round(seen.gates[n]!),
        candidates: candidates.slice(0, candidatesShown),
      };
    });
    const slots = seen.probs[0]!.map((_, k) =>
      round(texts.reduce((sum, __, n) => sum + seen.probs[n]![k]!, 0) / texts.length),
    );
    const every = Math.max(1, Math.floor(of_N.length / positionsShown));
    return {
      positions: of_N.filter((_, n) => n % every === 0).slice(0, positionsShown),
      gates: of_N.map(({ gate }) => gate),
      slots,
    };
  } finally {
    tf.dispose(batch as tf.TensorContainer);
  }
}

interface Seen {
  readonly ids: readonly (readonly number[])[];
  readonly probs: readonly (readonly number[])[];
  readonly logP: readonly (readonly number[])[];
  readonly gates: readonly number[];
}

/** The task of the step that the method would take from `state` on `batch`: taken, looked at, and thrown away. */
async function taskOf(state: TrainState, batch: LanguageBatch, options: BuiltMethod["options"]): Promise<Seen> {
  let held: Record<string, tf.Tensor> = {};
  const look: Learner<LanguageBatch, LanguageView> = {
    ...options.learner,
    loss: (params, of, make) =>
      options.learner.loss(params, of, (view) => {
        const task = make(view);
        const { ids_NK, probs_NK, gate_N } = task;
        const seen = {
          ids: ids_NK!,
          probs: probs_NK!,
          gates: gate_N ?? tf.sub(1, probs_NK!.slice([0, 0], [-1, 1]).squeeze([1])),
          logP: candidateLogProbs(view.logits_NV, ids_NK as tf.Tensor2D),
        };
        tf.dispose(held);
        held = Object.fromEntries(Object.entries(seen).map(([name, tensor]) => [name, tf.keep(tensor.clone())]));
        return task;
      }),
  };
  const { compile: _, allReduce: __, value, ...rest } = options; // one process looks, the others do not
  // Of several domains the first, whose stream the rows are of
  const feedback = value && ("gradient" in value.feedback ? value.feedback : value.feedback[0]!);
  const own = value && !("gradient" in value.feedback) ? firstDomain(state) : state;
  const still = value && { ...value, feedback: feedback!, designerLearningRate: () => 0, initialFeedbackBatches: 1 };
  const { state: next } = await trainStep(own, batch, { ...rest, learner: look, ...(still && { value: still }) });
  disposeUnreferenced(next, own);
  const [ids, probs, logP, gates] = await Promise.all(
    ["ids", "probs", "logP", "gates"].map((name) => held[name]!.array()),
  );
  tf.dispose(held);
  return { ids, probs, logP, gates } as Seen;
}

/** The state as if its first domain were all: averages of several lie under `d/name`. */
const firstDomain = (state: TrainState): TrainState => ({
  ...state,
  feedbackEma: Object.fromEntries(
    Object.entries(state.feedbackEma).flatMap(([name, tensor]) =>
      name.startsWith("0/") ? [[name.slice(2), tensor] as const] : [],
    ),
  ),
});

const round = (x: number): number => Number(x.toPrecision(4));
