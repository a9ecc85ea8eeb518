import * as tf from "@tensorflow/tfjs";
import { randomFromSeed, VptError, type Designer, type Params, type Task } from "@vpt/core";
import { linear } from "@vpt/nn";
import { candidateScores } from "../candidate-scores.js";
import { candidateIds } from "../candidates.js";
import { nextTokenTask, type LanguageView } from "../causal-learner.js";
import type { LanguageBatch } from "../language-batch.js";
import { decoderShapes, finalNorm, runBlocks, type DecoderConfig } from "../model/index.js";
import { gatherCandidates } from "../candidate-log-probs.js";
import { checkGate } from "./check-gate.js";
import { describeTarget, interpolateWithOneHot, klPerRow } from "./interpolate-with-one-hot.js";
import { designerCorrelation } from "./designer-correlation.js";
import { designerEfficiency } from "./designer-efficiency.js";

// Axes: B batch, T tokens, N positions in the loss, K candidates, V vocabulary, E the learner's width, D the
// designer's.

/** The designer's size and its regularisers. */
export interface TopKOptions {
  /** Width E of the learner's embedding, which the designer reads through a projection of its own. */
  readonly embeddingSize: number;
  readonly layers?: number;
  readonly width?: number;
  readonly heads?: number;
  /** K: candidates a position, the true token among them. */
  readonly candidates?: number;
  /** Largest gate: α ∈ (0, α_max). */
  readonly maxGate?: number;
  /** α* of the budget; below `maxGate`. Default 0.5, or 0.8 of a smaller maximum. */
  readonly targetGate?: number;
  /** α of every position before the first update, `b = σ⁻¹(start/α_max)`; below `maxGate`. Default `targetGate`. */
  readonly initialGate?: number;
  /** Weight of `(mean α − α*)²`; keeps the gate from collapsing before the scorer has learned (our addition). */
  readonly gatePenaltyWeight?: number;
  /** `fixed` holds α at `targetGate`. */
  readonly gate?: "learned" | "fixed";
  /**
   * Weight of `α·KL(r ‖ p_θ)`, which bounds a value that is linear in r (our addition; ε of the tilt target is its
   * inverse).
   */
  readonly klWeight?: number;
  /**
   * Weight of the bonus `α·H(r)`, `H(r) = −Σ r log r`: keeps proposals from one-hot, towards no prior (our addition).
   * Default 0.
   */
  readonly entropyWeight?: number;
  /** Scores start at the learner's log-probabilities, detached (our addition), or at zero. */
  readonly prior?: "learner" | "none";
  /** Ids at or past this are padding rows of the head. */
  readonly vocabularySize?: number;
  /**
   * `learner`: the learner's table, frozen, through a projection. `own`: three tables of the designer's, for tokens,
   * true next tokens and candidates; for small vocabularies, and needs `vocabularySize`. It learns faster, since a step
   * moves each candidate's row by itself.
   */
  readonly embedding?: "learner" | "own";
}

type Settings = Required<Omit<TopKOptions, "vocabularySize">> & Pick<TopKOptions, "vocabularySize">;

/** The options with their defaults, checked. */
function resolveOptions({
  layers = 2,
  width = 128,
  heads = 4,
  candidates = 32,
  maxGate = 0.9,
  targetGate = Math.min(0.5, 0.8 * maxGate),
  initialGate = targetGate,
  gatePenaltyWeight = 4,
  gate = "learned",
  klWeight = 1,
  entropyWeight = 0,
  prior = "learner",
  embedding = "learner",
  ...rest
}: TopKOptions): Settings {
  checkGate("topKDesigner: maxGate", maxGate);
  if (embedding === "own" && rest.vocabularySize === undefined)
    throw new VptError('topKDesigner: embedding "own" needs vocabularySize: the rows of its tables');
  for (const [name, α] of Object.entries({ targetGate, initialGate }))
    if (gate === "learned" && maxGate > 0 && !(α > 0 && α < maxGate))
      throw new VptError(
        `topKDesigner: ${name} ${α} must lie between 0 and maxGate ${maxGate}: α = maxGate·σ(·) cannot be there`,
      );
  const sizes = { layers, width, heads, candidates, embedding, prior };
  return { ...rest, ...sizes, maxGate, targetGate, initialGate, gatePenaltyWeight, gate, klWeight, entropyWeight };
}

/**
 * The paper's language designer: a small causal decoder reads the tokens and the true next one, scores the learner's
 * top-K candidates and sets a gate; `q = (1−α)·onehot(y) + α·softmax(s)`.
 *
 * `s_k = ⟨W_q [h; e(y)], e(c_k)⟩/√D (+ log p_θ(c_k), detached)`, `α = α_max·σ(w·[h; e(y)] + b)`; K rows are gathered,
 * never a product with the vocabulary. With `maxGate: 0` the target is the one-hot exactly.
 *
 * @throws {VptError} When `maxGate` is no share, or a learned gate cannot start at its target.
 * @example
 * ```ts
 * import { topKDesigner } from "@vpt/lang";
 * const designer = topKDesigner({ embeddingSize: config.hiddenSize, candidates: 32 });
 * const designerParams = designer.init(0);
 * ```
 * @see arXiv 2601.22108v1, A.1. Differs: the embedding is the learner's, projected; the prior and the two penalties are
 *   ours, see `docs/paper-map.md`.
 */
export function topKDesigner(options: TopKOptions): Designer<LanguageBatch, LanguageView> {
  const settings = resolveOptions(options);
  const { embeddingSize, embedding, vocabularySize, maxGate, targetGate, gate } = settings;
  const blocks = designerBlocks(settings);
  const shape = {
    blocks,
    tables: embedding === "own" ? vocabularySize! : { embeddingSize },
    initialGate: gate === "learned" && maxGate > 0 ? settings.initialGate / maxGate : 0.5,
  };
  return {
    init: (seed) => initDesigner(shape, seed),
    baselineTask: (batch) => nextTokenTask(batch),
    design: (params, batch, view) => designTarget(settings, blocks, params, batch, view),
    penalty: ({ proposal_NK, gate_N, logPrior_NK }, { weight_N }) => {
      const { klWeight, entropyWeight, gatePenaltyWeight } = settings;
      // H(r) is the divergence from no prior, KL(r ‖ 1), with its sign turned.
      const entropy_N = klPerRow(proposal_NK!, tf.zerosLike(proposal_NK!)).neg();
      const price_N = klPerRow(proposal_NK!, logPrior_NK!).mul(klWeight).sub(entropy_N.mul(entropyWeight));
      const pulled = gate_N!.mul(price_N).mul(weight_N).sum();
      const budget = gate_N!.mul(weight_N).sum().sub(targetGate).square().mul(gatePenaltyWeight);
      return (gate === "fixed" ? pulled : pulled.add(budget)) as tf.Scalar;
    },
    metrics: describeTarget,
    metaMetrics: ({ probs_NK: cotangent_NK }, { proposal_NK, logPrior_NK }, { weight_N }) => {
      const scored = {
        cotangent_NK: cotangent_NK!,
        proposal_NK: proposal_NK!,
        logPrior_NK: logPrior_NK!,
        weight_N,
      };
      return {
        designerEfficiency: designerEfficiency(scored, settings.klWeight),
        designerCorrelation: designerCorrelation(scored),
      };
    },
  };
}

/** `q = (1−α)·onehot(y) + α·softmax(s)` over the learner's top-K candidates, with its parts for the penalty. */
function designTarget(
  settings: Settings,
  blocks: DecoderConfig,
  params: Params,
  batch: LanguageBatch,
  view: LanguageView,
): Task {
  const { candidates, vocabularySize, embedding, width, prior, gate, targetGate, maxGate } = settings;
  const ids_NK = candidateIds(view.logits_NV, batch.labels_N, {
    count: candidates,
    vocabularySize: vocabularySize ?? view.logits_NV.shape[1],
  });
  const logPrior_NK = tf.logSoftmax(gatherCandidates(view.logits_NV, ids_NK));
  const context_NC = positionContext(embedding, blocks, params, batch, view);
  const query_ND = linear(context_NC, { weight: params["score.weight"] as tf.Tensor2D });
  const scale = embedding === "own" ? 1 : 1 / Math.sqrt(width);
  const scores_NK = scoresOf(embedding, params, view, query_ND, ids_NK).mul(scale);
  const proposal_NK = tf.softmax(prior === "learner" ? scores_NK.add(logPrior_NK) : scores_NK) as tf.Tensor2D;
  const opening_N1 = linear(context_NC, {
    weight: params["gate.weight"] as tf.Tensor2D,
    bias: params["gate.bias"] as tf.Tensor1D,
  });
  const gate_N =
    gate === "fixed"
      ? tf.fill([context_NC.shape[0]], Math.min(targetGate, maxGate))
      : opening_N1.sigmoid().mul(maxGate).squeeze([1]);
  return { ids_NK, ...interpolateWithOneHot(proposal_NK, gate_N as tf.Tensor1D), logPrior_NK };
}

type Embedding = Settings["embedding"];

const embed = (
  embedding: Embedding,
  params: Params,
  { embedding_VD }: LanguageView,
  of: Table,
  ids_N: tf.Tensor,
): tf.Tensor2D =>
  embedding === "own"
    ? (params[`${of}.weight`] as tf.Tensor2D).gather(ids_N)
    : linear(embedding_VD.gather(ids_N), { weight: params["project.weight"] as tf.Tensor2D });

/**
 * `⟨query_n, e(c_nk)⟩`. With the learner's table the query is projected back to its width, `⟨q, W e⟩ = ⟨Wᵀq, e⟩`: N
 * products, not N·K.
 */
const scoresOf = (
  embedding: Embedding,
  params: Params,
  { embedding_VD }: LanguageView,
  query_ND: tf.Tensor2D,
  ids_NK: tf.Tensor2D,
): tf.Tensor2D => {
  const own = embedding === "own";
  const query_NE = own ? query_ND : query_ND.matMul(params["project.weight"] as tf.Tensor2D);
  const table = own ? (params["candidates.weight"] as tf.Tensor2D) : embedding_VD;
  return candidateScores(query_NE as tf.Tensor2D, table, ids_NK);
};

/** Causal state of each position in the loss, beside the true next token: `[N, 2D]`. */
const positionContext = (
  embedding: Embedding,
  blocks: DecoderConfig,
  params: Params,
  { ids_BT, lossPositions_N, labels_N, documents_BT }: LanguageBatch,
  view: LanguageView,
): tf.Tensor2D => {
  const width = blocks.hiddenSize;
  const [batch, tokens] = ids_BT.shape;
  const embedded_BTD = embed(embedding, params, view, "tokens", ids_BT.flatten()).reshape<tf.Tensor3D>([
    batch,
    tokens,
    width,
  ]);
  const hidden_BTD = runBlocks(blocks, params, embedded_BTD, { documents_BT }); // packed texts are apart here too
  const hidden_ND = finalNorm(blocks, params, hidden_BTD.reshape([-1, width]).gather(lossPositions_N));
  return tf.concat([hidden_ND, embed(embedding, params, view, "next", labels_N)], 1) as tf.Tensor2D;
};

/** The designer's own tables. */
const tableNames = ["tokens", "next", "candidates"] as const;
type Table = (typeof tableNames)[number];

/** The designer's own decoder blocks: it borrows the learner's code, not its weights. */
const designerBlocks = ({ layers, width, heads }: { layers: number; width: number; heads: number }): DecoderConfig => ({
  modelType: "llama",
  vocabSize: 1,
  hiddenSize: width,
  intermediateSize: 4 * width,
  layers,
  heads,
  keyValueHeads: heads,
  headDim: width / heads,
  normEpsilon: 1e-5,
  ropeTheta: 10_000,
  maxPositions: Infinity,
  tied: true,
  initializerRange: 0.02,
  endIds: [],
});

/** Small normal weights; a gate that starts at its target everywhere; scores that start at the prior. */
function initDesigner(
  {
    blocks,
    tables,
    initialGate,
  }: {
    readonly blocks: DecoderConfig;
    /** Rows of the designer's own tables, or the width of the learner's. */
    readonly tables: number | { readonly embeddingSize: number };
    readonly initialGate: number;
  },
  seed: number,
): Params {
  const random = randomFromSeed(seed, "designer");
  const width = blocks.hiddenSize;
  const normal = (shape: readonly number[], deviation: number): tf.Tensor =>
    tf.tensor(
      Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal() * deviation),
      [...shape],
    );
  const { "model.embed_tokens.weight": _, ...inner } = decoderShapes(blocks);
  return {
    ...Object.fromEntries(
      Object.entries(inner).map(([name, shape]) => [
        name,
        shape.length === 1 ? tf.ones([...shape]) : normal(shape, 0.02),
      ]),
    ),
    ...(typeof tables === "number"
      ? Object.fromEntries(
          tableNames.map((name) => [`${name}.weight`, normal([tables, width], name === "candidates" ? 0.02 : 1)]),
        )
      : { "project.weight": normal([width, tables.embeddingSize], 1 / Math.sqrt(tables.embeddingSize)) }),
    "score.weight": normal([width, 2 * width], typeof tables === "number" ? 1 / Math.sqrt(2 * width) : 0.02),
    "gate.weight": tf.zeros([1, 2 * width]),
    "gate.bias": tf.tensor1d([Math.log(initialGate / (1 - initialGate))]),
  };
}
