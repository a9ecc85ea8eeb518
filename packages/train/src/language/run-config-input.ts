import type { LanguageMethod } from "@vpt/lang";
import type { SharedConfigInput, SharedValueInput } from "../config/shared-config-input.js";
import type { CustomMethod } from "../workload.js";
import type { LanguagePresetName } from "./presets/language-preset-names.js";

/** A language run's configuration as it is written: every key with a default may be left out. */
export interface RunConfigInput extends SharedConfigInput {
  /** The workload. @default "language" */
  kind?: "language" | undefined;
  /** Settings by name, under the keys of the configuration: a key that is written wins. @default none */
  preset?: LanguagePresetName | undefined;
  /** "smollm2", "tiny", a folder, a .gguf file or a Hugging Face id. @default "smollm2" */
  model?: string | undefined;
  /**
   * Methods to train from the same start, one after another: baseline, value, tilt, random-direction, shuffled-labels,
   * uniform, self-distillation, oracle, sign-flipped, sft, constant-bias, or { name, … } of your own.
   *
   * @default ["baseline", "tilt", "value"]
   */
  methods?: (LanguageMethod | CustomMethod)[] | undefined;
  /** Where the rows of each role are read from. Required. */
  data: LanguageDataInput;
  /** Rows of a learner batch. @default 4 */
  batchSize?: number | undefined;
  /** Longest row of the unlabeled stream, in tokens; for rows in memory. @default 192 */
  unlabeledTokens?: number | undefined;
  /** Longest feedback, probe and test row, in tokens. @default 224 */
  answerTokens?: number | undefined;
  /** How questions are laid out in stream, feedback and test. @default none */
  prompt?: PromptInput | undefined;
  /**
   * token-mean: every token of a batch weighs the same; sequence-mean: every row weighs the same.
   *
   * @default "token-mean"
   */
  loss?: "token-mean" | "sequence-mean" | undefined;
  /**
   * Blocks that train, with the final norm; the rest is frozen and run once. all: every parameter, embedding and head
   * too.
   *
   * @default 2
   */
  trainableBlocks?: number | "all" | undefined;
  /** The learner's optimizer and what of it trains. @default {} */
  learner?: LanguageLearnerInput | undefined;
  /** How the value of a target is computed, and from what feedback. @default {} */
  value?: LanguageValueInput | undefined;
  /** The learned designer of targets, its optimizer and its regularisers. @default {} */
  designer?: TargetDesignerInput | undefined;
  /** The closed-form targets of the methods anchored, tilt and tangent. @default {} */
  tilt?: TiltInput | undefined;
  /**
   * The method that random-direction, raw-direction, shuffled-labels and sign-flipped change.
   *
   * @default "value"
   */
  controlsOf?: "value" | "anchored" | "tilt" | "tangent" | undefined;
  /**
   * Write a line to the log when the mean gate stays within `margin` of 0 or α_max for `patience` steps.
   *
   * @default none
   */
  alarm?: GateAlarmInput | undefined;
  /** How parameters are scored. @default {} */
  evaluation?: LanguageEvaluationInput | undefined;
  /** Continued greedily before and after, for the report. @default [] */
  samplePrompts?: string[] | undefined;
  /** Longest continuation of a sample prompt, in tokens. @default 64 */
  sampleTokens?: number | undefined;
}

/** A configuration with one of the paper's presets, which name their data: all of `data` may be left out. */
export interface PresetConfigInput extends Omit<RunConfigInput, "preset" | "data"> {
  /** Settings by name, under the keys of the configuration: a key that is written wins. Required. */
  preset: "paper-v1" | "paper-v2";
  /** Where the rows of each role are read from. @default the preset's */
  data?: Partial<LanguageDataInput> | undefined;
}

/** Where the rows of each role are read from. */
export interface LanguageDataInput {
  /** The unlabeled stream that the learner trains on: rows in memory, or a corpus that is streamed. Required. */
  unlabeled: RowSourceInput | CorpusInput;
  /** Labeled rows that only the value sees; of several domains, each gradient takes as many rows of each. Required. */
  feedback: RowSourceInput | RowSourceInput[];
  /**
   * Held-out downstream rows; or several sets by name, each with its own curve, the first of which is the main one.
   * Required.
   */
  test: RowSourceInput | Record<string, RowSourceInput>;
  /** Downstream rows for predicted against realised decrease; neither feedback nor test. @default none */
  probeRows?: RowSourceInput | undefined;
  /** Held-out stream rows: what steering costs. @default none */
  unlabeledTest?: RowSourceInput | undefined;
  /**
   * Further domains beside `stream` and `feedback`: a step takes a batch of each stream, and the value aligns each
   * domain's feedback with its own stream alone (v2 eq. 44-46).
   *
   * @default none
   */
  domains?: DomainInput[] | undefined;
}

/** Records of a file, a folder or a Hugging Face data set. Either `file` or `dataset` is expected. */
export interface RecordsInput {
  /**
   * A .jsonl, .parquet or .txt file (a text a line), or a folder of train-*.parquet or .jsonl, relative to the
   * configuration file.
   *
   * @default none
   */
  file?: string | undefined;
  /** In place of a file, the id of a Hugging Face data set; fetched once, into the shared cache. @default none */
  dataset?: string | undefined;
  /** The data set's configuration, such as main, where it has several. @default none */
  config?: string | undefined;
  /** The split of a data set or of a folder. @default "train" */
  split?: string | undefined;
  /** Branch, tag or commit of the data set, such as refs/convert/parquet. @default "main" */
  revision?: string | undefined;
  /** The first so many files of the data set. @default all */
  files?: number | undefined;
  /** Field that holds the problem. @default found by the layout */
  question?: string | undefined;
  /** Field that holds the worked answer. @default found by the layout */
  answer?: string | undefined;
  /**
   * Field of whole texts, in place of questions and answers: every token of them is learned; of a .txt file, text.
   *
   * @default none
   */
  text?: string | undefined;
  /** Regular expression removed from answers and texts. @default none */
  strip?: string | undefined;
  /** Rows to leave out at the start. @default 0 */
  skip?: number | undefined;
  /** Rows to take; of a streamed corpus, in each epoch. @default all */
  limit?: number | undefined;
  /** A record that cannot be read ends the run, or is left out; more than 1 % of them ends it too. @default "error" */
  onBadSample?: "error" | "skip" | undefined;
}

/** Where rows in memory come from. */
export type RowSourceInput = RecordsInput | SyntheticRowsInput;

/** Rows generated from the project's templates. */
export interface SyntheticRowsInput {
  /** Generated word problems, or the noisier mixed stream. Required. */
  synthetic: "problems" | "stream";
  /** Which set of problems; no problem is in two of them. @default "feedback" */
  split?: "feedback" | "test" | "stream" | undefined;
  /** Rows to make. @default 256 */
  limit?: number | undefined;
  /** Seed of the rows. @default 0 */
  seed?: number | undefined;
}

/**
 * A streamed corpus: read, shuffled in a buffer, tokenised, packed into rows of T tokens and mixed; never in memory as
 * a whole.
 */
export interface CorpusInput {
  /** What is read, without end: one part, or several mixed by weight. Required. */
  streaming: CorpusPartInput | CorpusPartInput[];
  /** T, tokens a row; `unlabeledTokens` is for rows in memory. @default 1024 */
  tokens?: number | undefined;
  /**
   * split: end to end, cut every T tokens; whole: a record that does not fit starts a new row; none: a record a row.
   *
   * @default "split"
   */
  packing?: "split" | "whole" | "none" | undefined;
  /** Records of one row do not see each other. @default false */
  maskDocuments?: boolean | undefined;
  /** The tokenizer's end token after each record, learned like the rest. @default true */
  appendEnd?: boolean | undefined;
  /** Records of a part that are held to draw from. @default 10000 */
  shuffleBuffer?: number | undefined;
}

/**
 * One part of a streamed corpus. Either `file` or `dataset` is expected, and either `text` or `question` and `answer`.
 */
export interface CorpusPartInput extends RecordsInput {
  /** Records whose field "source" it fits are left out; with fields found by the layout. @default none */
  dropSource?: string | undefined;
  /** Share of the rows of T tokens, relative to the other parts. @default 1 */
  weight?: number | undefined;
}

/** A further domain: a stream and the feedback that is aligned with it. */
export interface DomainInput {
  /** Unlabeled rows of the domain. Required. */
  unlabeled: RowSourceInput;
  /** Labeled rows of the domain, which only the value sees. Required. */
  feedback: RowSourceInput;
}

/** How a question and its answer are laid out as text. `template` and `chat` go without the two blanks. */
export interface PromptInput {
  /** Text of a prompt, with {question} where the question goes; the answer follows directly. @default none */
  template?: string | undefined;
  /**
   * Put the question, or the filled template, into the model's chat template, as the user's message.
   *
   * @default false
   */
  chat?: boolean | undefined;
  /** A blank between the newline and `Answer:`. @default true */
  newlineBlank?: boolean | undefined;
  /** Side of the blank after `Answer:`. @default "prompt" */
  answerBlank?: "prompt" | "answer" | undefined;
}

/** The learner's optimizer and what of it trains. */
export interface LanguageLearnerInput {
  /** Peak learning rate of the learner's AdamW. @default 0.0001 */
  learningRate?: number | undefined;
  /** Decoupled weight decay of AdamW; 0 disables it. @default 0 */
  weightDecay?: number | undefined;
  /** What decays: matrices, and so no bias and no weight of a norm, or all that trains. @default "matrices" */
  weightDecayOn?: "matrices" | "all" | undefined;
  /** AdamW's decay of the mean of gradients. @default 0.9 */
  beta1?: number | undefined;
  /** AdamW's decay of the mean of squared gradients. @default 0.95 */
  beta2?: number | undefined;
  /** Largest norm of a step's gradient; a longer one is scaled down. @default 1 */
  clipNorm?: number | undefined;
  /** Steps over which the learning rate rises from 0. @default 5 */
  lrWarmupSteps?: number | undefined;
  /** Learning rate at the end of the cosine as a share of the peak; 0 falls to zero. @default 0 */
  finalLearningRateShare?: number | undefined;
  /**
   * Store only each block's input and run the block again in the backward pass: less memory, about one more forward
   * pass.
   *
   * @default false
   */
  activationCheckpointing?: boolean | undefined;
  /** Train adapters of the `trainableBlocks` in place of their weights. @default none */
  lora?: LoraInput | undefined;
}

/** Low-rank adapters (LoRA) of the blocks that train. */
export interface LoraInput {
  /** Rank of each adapter. @default 8 */
  rank?: number | undefined;
  /** An adapter's output is scaled by alpha / rank. @default 16 */
  alpha?: number | undefined;
  /** Share of an adapter's input that is dropped on learner steps; feedback and value see all. @default 0.05 */
  dropout?: number | undefined;
  /** Projections with an adapter. @default all seven */
  modules?: ("q_proj" | "k_proj" | "v_proj" | "o_proj" | "gate_proj" | "up_proj" | "down_proj")[] | undefined;
}

/** How the value of a target is computed, and from what feedback. */
export interface LanguageValueInput extends SharedValueInput {
  /** Learner steps between two updates of the designer. @default 2 */
  updateEvery?: number | undefined;
  /**
   * Of what trains, the part in this many last blocks is aligned; all of it by default, 2 where every block trains.
   *
   * @default all that trains, or 2 with `trainableBlocks: "all"`
   */
  alignedBlocks?: number | undefined;
  /** Learner steps before the first update of the designer. @default 3 */
  burnInSteps?: number | undefined;
  /**
   * The value is taken on the first so many tokens of each row (method 4.1: 256 of 1,024); all of them by default.
   * Closed-form methods take all.
   *
   * @default all
   */
  metaTokens?: number | undefined;
  /**
   * What feedback rows reward: lm: their answers' likelihood; choice: the right one of the ten digits; profiled: the
   * likelihood after a logit bias of their own; contrastive: right digits against wrong ones.
   *
   * @default "lm"
   */
  feedback?: "lm" | "choice" | "profiled" | "contrastive" | undefined;
  /** Rows of a feedback batch. @default 8 */
  feedbackBatchSize?: number | undefined;
  /**
   * One ω a source of data.feedback: each has a gradient of its own of feedbackBatchSize rows, and g_down = Σ ω_j
   * g_j/‖g_j‖ (v2 eq. 18, 36).
   *
   * @default none
   */
  feedbackWeights?: number[] | undefined;
  /** With feedbackWeights: divide each gradient by its norm, as by default; false: Σ ω_j g_j. @default true */
  feedbackUnitNorms?: boolean | undefined;
  /** Feedback batches whose gradients are averaged for the first update of the designer. @default 16 */
  initialFeedbackBatches?: number | undefined;
  /** Decay of the moving average of feedback gradients; 0 takes each gradient alone. @default 0.9 */
  feedbackEmaDecay?: number | undefined;
  /** Reset the average of feedback when its cosine with a new gradient falls below this; -1 disables it. @default -1 */
  emaResetCosine?: number | undefined;
  /**
   * Scale the feedback direction to norm 1, as by default; false is for use with feedbackNormEmaDecay.
   *
   * @default true
   */
  normalizeDirection?: boolean | undefined;
  /** γ of n ← γn + (1−γ)‖g‖, by which each gradient of feedback is divided. @default none */
  feedbackNormEmaDecay?: number | undefined;
  /**
   * Draw feedback as two halves, and double both while their cosine is below minCosine, up to maxBatches a half.
   *
   * @default none
   */
  adaptiveBatch?: AdaptiveBatchInput | undefined;
}

/** Feedback batches that grow until two halves agree. */
export interface AdaptiveBatchInput {
  /** Smallest cosine of the two halves that is accepted. @default 0.1 */
  minCosine?: number | undefined;
  /** Most feedback batches of a half. @default 8 */
  maxBatches?: number | undefined;
}

/** The learned designer of targets, its optimizer and its regularisers. */
export interface TargetDesignerInput {
  /** Learning rate of the designer's AdamW. @default 0.002 */
  learningRate?: number | undefined;
  /** Decoupled weight decay of AdamW; 0 disables it. @default 0 */
  weightDecay?: number | undefined;
  /** AdamW's decay of the mean of gradients. @default 0.9 */
  beta1?: number | undefined;
  /** AdamW's decay of the mean of squared gradients. @default 0.999 */
  beta2?: number | undefined;
  /** Largest norm of a step's gradient; a longer one is scaled down. @default 1 */
  clipNorm?: number | undefined;
  /** Transformer layers of the designer. @default 2 */
  layers?: number | undefined;
  /** Width of the designer's hidden states. @default 128 */
  width?: number | undefined;
  /** Attention heads of a layer. @default 4 */
  heads?: number | undefined;
  /** K, candidate tokens of a position, the true one among them. @default 32 */
  candidates?: number | undefined;
  /** fixed: the gate of every position is targetGate. @default "learned" */
  gate?: "learned" | "fixed" | undefined;
  /** α_max, the largest share of the proposal in a target. @default 0.9 */
  maxGate?: number | undefined;
  /** Mean gate that gatePenaltyWeight pulls towards. @default 0.5 */
  targetGate?: number | undefined;
  /** Mean gate before the designer's first update. @default `targetGate` */
  initialGate?: number | undefined;
  /** Weight of (mean gate − targetGate)²; 0 disables it. @default 4 */
  gatePenaltyWeight?: number | undefined;
  /** Weight of the gated KL divergence of the proposal from the learner's prediction; 0 disables it. @default 1 */
  klWeight?: number | undefined;
  /** Weight of a bonus for the proposal's entropy; 0 disables it. @default 0 */
  entropyWeight?: number | undefined;
  /** Scores of candidates start at the learner's log-probabilities, or at 0. @default "learner" */
  prior?: "learner" | "none" | undefined;
}

/** The closed-form target of the method `tilt`. */
export interface TiltInput {
  /** K, candidate tokens of a position, the true one among them. @default 32 */
  candidates?: number | undefined;
  /** Share of the tilted distribution in a target. @default 0.5 */
  gate?: number | undefined;
  /** ε of r ∝ p·exp(ε·value). @default 1 */
  strength?: number | undefined;
}

/** When a collapsed gate is reported. */
export interface GateAlarmInput {
  /** Distance of the mean gate from 0 or α_max that counts as collapsed. @default 0.02 */
  margin?: number | undefined;
  /** Steps in a row before the line is written. @default 200 */
  patience?: number | undefined;
}

/** How parameters are scored. */
export interface LanguageEvaluationInput {
  /** Rows of each test set in an evaluation during the run. @default 32 */
  quickRows?: number | undefined;
  /** Rows of data.test that are answered greedily and checked: pass@1; 0 leaves it out. @default 0 */
  passAt1Rows?: number | undefined;
  /** Longest answer for pass@1, in tokens. @default 128 */
  maxNewTokens?: number | undefined;
  /**
   * Rows of data.feedback that the logit bias of nllAfterBias is fitted on, after the last step; 0 leaves it out.
   *
   * @default 256
   */
  biasRows?: number | undefined;
}
