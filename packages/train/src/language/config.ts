import { valueDefaults } from "@vpt/core";
import { feedbackNames, languageMethodNames } from "@vpt/lang";
import { tokenClasses } from "@vpt/lang/evaluation";
import { z } from "zod";
import { parseConfig } from "../config/load-config.js";
import { matchRule, methodsSchema, sharedConfigShape } from "../config/shared-config.js";
import { learnerKeys, valueKeys } from "../config/shared-sections.js";
import { languagePresetNames } from "./presets/language-preset-names.js";
import { languagePresets } from "./presets/language-presets.js";
import type { PresetConfigInput, RunConfigInput } from "./run-config-input.js";

const count = z.int().positive();
const fraction = z.number().min(0).max(1);
const isPattern = (text: string): boolean => {
  try {
    return new RegExp(text, "g") instanceof RegExp;
  } catch {
    return false;
  }
};

/** Files of records, by path or by Hugging Face id, and what of them is a question and an answer. */
const records = {
  file: z
    .string()
    .meta({ path: true })
    .optional()
    .describe(
      "a .jsonl, .parquet or .txt file (a text a line), or a folder of train-*.parquet or .jsonl, relative to the " +
        "configuration file",
    ),
  dataset: z
    .string()
    .optional()
    .describe("in place of a file, the id of a Hugging Face data set; fetched once, into the shared cache"),
  config: z.string().optional().describe("the data set's configuration, such as main, where it has several"),
  split: z.string().optional().describe("the split of a data set or of a folder; train by default"),
  revision: z
    .string()
    .optional()
    .describe("branch, tag or commit of the data set, such as refs/convert/parquet; main by default"),
  files: count.optional().describe("the first so many files of the data set; all by default"),
  question: z.string().optional().describe("field that holds the problem; found by the layout when left out"),
  answer: z.string().optional().describe("field that holds the worked answer; found by the layout when left out"),
  text: z
    .string()
    .optional()
    .describe(
      "field of whole texts, in place of questions and answers: every token of them is learned; of a .txt file, text",
    ),
  /** Removes calculator marks and the like from answers, such as "<<[^>]*>>". */
  strip: z
    .string()
    .refine(isPattern, "expected a regular expression")
    .optional()
    .describe("regular expression removed from answers and texts"),
  skip: z.int().min(0).default(0).describe("rows to leave out at the start"),
  limit: count.optional().describe("rows to take; of a streamed corpus, in each epoch"),
  onBadSample: z
    .enum(["error", "skip"])
    .default("error")
    .describe("a record that cannot be read ends the run, or is left out; more than 1 % of them ends it too"),
};
const onePlace = [
  ({ file, dataset }: { file?: string | undefined; dataset?: string | undefined }) =>
    (file === undefined) !== (dataset === undefined),
  'expected either "file" or "dataset"',
] as const;
const textOrQuestions = [
  ({ text, question, answer }: Readonly<Partial<Record<"text" | "question" | "answer", string | undefined>>>) =>
    text === undefined || (question === undefined && answer === undefined),
  'expected either "text" or "question" and "answer"',
] as const;

/** Where question/answer rows come from: records, or the templates inside the project. All of them are in memory. */
const source = z.union([
  z
    .strictObject(records)
    .refine(...onePlace)
    .refine(...textOrQuestions),
  z.strictObject({
    synthetic: z.enum(["problems", "stream"]).describe("generated word problems, or the noisier mixed stream"),
    split: z
      .enum(["feedback", "test", "stream"])
      .default("feedback")
      .describe("which set of problems; no problem is in two of them"),
    limit: count.default(256).describe("rows to make"),
    seed: z.int().default(0).describe("seed of the rows"),
  }),
]);

/** What tells one source from a record of sources by name. */
const sourceKeys = [...Object.keys(records), "synthetic", "seed"];

const optimizer = {
  learningRate: z.number().positive().describe("peak learning rate of AdamW"),
  weightDecay: z.number().min(0).default(0).describe("decoupled weight decay of AdamW; 0 disables it"),
  beta1: fraction.default(0.9).describe("AdamW's decay of the mean of gradients"),
  beta2: fraction.default(0.95).describe("AdamW's decay of the mean of squared gradients"),
  clipNorm: z.number().positive().default(1).describe("largest norm of a step's gradient; a longer one is scaled down"),
};

const part = z
  .strictObject({
    ...records,
    dropSource: z
      .string()
      .refine(isPattern, "expected a regular expression")
      .optional()
      .describe('records whose field "source" it fits are left out; with fields found by the layout'),
    weight: z.number().positive().default(1).describe("share of the rows of T tokens, relative to the other parts"),
  })
  .refine(...onePlace)
  .refine(...textOrQuestions)
  .refine(
    ({ dropSource, text, question, answer }) =>
      dropSource === undefined || [text, question, answer].every((name) => name === undefined),
    'expected "dropSource" without "text", "question" and "answer"',
  );

/**
 * A stream that is never in memory as a whole: read, shuffled in a buffer, tokenised, packed into rows of T tokens,
 * mixed.
 */
const corpus = z.strictObject({
  streaming: z
    .union([part, z.array(part).min(1)])
    .describe("what is read, without end: one part, or several mixed by weight"),
  tokens: z.int().min(2).default(1024).describe("T, tokens a row; `unlabeledTokens` is for rows in memory"),
  packing: z
    .enum(["split", "whole", "none"])
    .default("split")
    .describe(
      "split: end to end, cut every T tokens; whole: a record that does not fit starts a new row; none: a record a row",
    ),
  maskDocuments: z.boolean().default(false).describe("records of one row do not see each other"),
  appendEnd: z.boolean().default(true).describe("the tokenizer's end token after each record, learned like the rest"),
  shuffleBuffer: count.default(10_000).describe("records of a part that are held to draw from"),
});

/** PEFT's names of the projections of a block. */
const loraModules = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"] as const;

/** The schema of a run; every default is a working one. */
export const runConfigSchema = z
  .strictObject({
    kind: z.literal("language").default("language").describe("the workload"),
    preset: z
      .enum(languagePresetNames)
      .optional()
      .describe("settings by name, under the keys of the configuration: a key that is written wins; none by default"),
    ...sharedConfigShape,
    model: z
      .string()
      .meta({ path: "existing" })
      .default("smollm2")
      .describe('"smollm2", "tiny", a folder, a .gguf file or a Hugging Face id'),
    methods: methodsSchema(languageMethodNames).default(["baseline", "tilt", "value"]),
    data: z
      .strictObject({
        unlabeled: z
          .union([source, corpus])
          .describe("the unlabeled stream that the learner trains on: rows in memory, or a corpus that is streamed"),
        feedback: z
          .union([source, z.array(source).min(1)])
          .describe(
            "labeled rows that only the value sees; of several domains, each gradient takes as many rows of each",
          ),
        test: z
          .union([
            source,
            z.record(
              z.string().refine((name) => !sourceKeys.includes(name), "a key of a source"),
              source.describe("a test set of this name"),
            ),
          ])
          .refine((test) => Object.keys(test).length > 0, "expected at least one test set")
          .describe(
            "held-out downstream rows; or several sets by name, each with its own curve, the first of which " +
              "is the main one",
          ),
        probeRows: source
          .optional()
          .describe("downstream rows for predicted against realised decrease; neither feedback nor test"),
        unlabeledTest: source.optional().describe("held-out stream rows: what steering costs"),
        domains: z
          .array(
            z.strictObject({
              unlabeled: source.describe("unlabeled rows of the domain"),
              feedback: source.describe("labeled rows of the domain, which only the value sees"),
            }),
          )
          .min(1)
          .optional()
          .describe(
            "further domains beside `stream` and `feedback`: a step takes a batch of each stream, and the " +
              "value aligns each domain's feedback with its own stream alone (v2 eq. 44-46)",
          ),
      })
      .describe("where the rows of each role are read from"),
    batchSize: count.default(4).describe("rows of a learner batch"),
    unlabeledTokens: count.default(192).describe("longest row of the unlabeled stream, in tokens; for rows in memory"),
    answerTokens: count.default(224).describe("longest feedback, probe and test row, in tokens"),
    prompt: z
      .strictObject({
        template: z
          .string()
          .refine((text) => text.includes("{question}"), 'expected "{question}" in it')
          .optional()
          .describe("text of a prompt, with {question} where the question goes; the answer follows directly"),
        chat: z
          .boolean()
          .optional()
          .describe("put the question, or the filled template, into the model's chat template, as the user's message"),
        newlineBlank: z.boolean().optional().describe("a blank between the newline and `Answer:`, as by default"),
        answerBlank: z
          .enum(["prompt", "answer"])
          .optional()
          .describe("side of the blank after `Answer:`; prompt by default"),
      })
      .refine(
        ({ template, chat, newlineBlank, answerBlank }) =>
          (template === undefined && !chat) || (newlineBlank === undefined && answerBlank === undefined),
        'expected "template" and "chat" without "newlineBlank" and "answerBlank"',
      )
      .optional()
      .describe("how questions are laid out in stream, feedback and test"),
    loss: z
      .enum(["token-mean", "sequence-mean"])
      .default("token-mean")
      .describe("token-mean: every token of a batch weighs the same; sequence-mean: every row weighs the same"),
    trainableBlocks: z
      .union([count, z.literal("all")])
      .default(2)
      .describe(
        "blocks that train, with the final norm; the rest is frozen and run once. all: every parameter, " +
          "embedding and head too",
      ),
    learner: z
      .strictObject({
        ...optimizer,
        learningRate: z.number().positive().default(1e-4).describe("peak learning rate of the learner's AdamW"),
        weightDecayOn: learnerKeys.weightDecayOn,
        lrWarmupSteps: z.int().min(0).default(5).describe("steps over which the learning rate rises from 0"),
        finalLearningRateShare: learnerKeys.finalLearningRateShare,
        activationCheckpointing: z
          .boolean()
          .default(false)
          .describe(
            "store only each block's input and run the block again in the backward pass: less memory, " +
              "about one more forward pass",
          ),
        lora: z
          .strictObject({
            rank: count.default(8).describe("rank of each adapter"),
            alpha: z.number().positive().default(16).describe("an adapter's output is scaled by alpha / rank"),
            dropout: z
              .number()
              .min(0)
              .lt(1)
              .default(0.05)
              .describe("share of an adapter's input that is dropped on learner steps; feedback and value see all"),
            modules: z
              .array(z.enum(loraModules))
              .min(1)
              .optional()
              .describe("projections with an adapter; all seven by default"),
          })
          .optional()
          .describe("train adapters of the `trainableBlocks` in place of their weights"),
      })
      .prefault({})
      .describe("the learner's optimizer and what of it trains"),
    value: z
      .strictObject({
        updateEvery: count
          .default(valueDefaults.language.updateEvery)
          .describe("learner steps between two updates of the designer"),
        alignedBlocks: count
          .optional()
          .describe(
            "of what trains, the part in this many last blocks is aligned; all of it by default, 2 where " +
              "every block trains",
          ),
        burnInSteps: z
          .int()
          .min(0)
          .default(valueDefaults.language.burnInSteps)
          .describe("learner steps before the first update of the designer"),
        ...valueKeys,
        metaTokens: count
          .optional()
          .describe(
            "the value is taken on the first so many tokens of each row (method 4.1: 256 of 1,024); all of " +
              "them by default. Closed-form methods take all",
          ),
        feedback: z
          .enum(feedbackNames)
          .default("lm")
          .describe(
            "what feedback rows reward: lm: their answers' likelihood; choice: the right one of the ten digits; " +
              "profiled: the likelihood after a logit bias of their own; contrastive: right digits against wrong ones",
          ),
        feedbackBatchSize: count.default(8).describe("rows of a feedback batch"),
        feedbackWeights: z
          .array(z.number())
          .min(1)
          .optional()
          .describe(
            "one ω a source of data.feedback: each has a gradient of its own of feedbackBatchSize rows, and " +
              "g_down = Σ ω_j g_j/‖g_j‖ (v2 eq. 18, 36)",
          ),
        feedbackUnitNorms: z
          .boolean()
          .optional()
          .describe("with feedbackWeights: divide each gradient by its norm, as by default; false: Σ ω_j g_j"),
        initialFeedbackBatches: count
          .default(valueDefaults.language.initialFeedbackBatches)
          .describe("feedback batches whose gradients are averaged for the first update of the designer"),
        feedbackEmaDecay: fraction
          .default(valueDefaults.feedbackEmaDecay)
          .describe("decay of the moving average of feedback gradients; 0 takes each gradient alone"),
        emaResetCosine: z
          .number()
          .min(-1)
          .max(1)
          .default(-1)
          .describe(
            "reset the average of feedback when its cosine with a new gradient falls below this; -1 disables it",
          ),
        normalizeDirection: z
          .boolean()
          .optional()
          .describe(
            "scale the feedback direction to norm 1, as by default; false is for use with feedbackNormEmaDecay",
          ),
        feedbackNormEmaDecay: fraction
          .optional()
          .describe("γ of n ← γn + (1−γ)‖g‖, by which each gradient of feedback is divided; never by default"),
        adaptiveBatch: z
          .strictObject({
            minCosine: z
              .number()
              .min(-1)
              .max(1)
              .default(0.1)
              .describe("smallest cosine of the two halves that is accepted"),
            maxBatches: count.default(8).describe("most feedback batches of a half"),
          })
          .optional()
          .describe(
            "draw feedback as two halves, and double both while their cosine is below minCosine, up to " +
              "maxBatches a half",
          ),
      })
      .prefault({})
      .describe("how the value of a target is computed, and from what feedback"),
    designer: z
      .strictObject({
        ...optimizer,
        learningRate: z.number().positive().default(2e-3).describe("learning rate of the designer's AdamW"),
        beta2: fraction.default(0.999).describe("AdamW's decay of the mean of squared gradients"),
        layers: count.default(2).describe("transformer layers of the designer"),
        width: count.default(128).describe("width of the designer's hidden states"),
        heads: count.default(4).describe("attention heads of a layer"),
        candidates: count.default(32).describe("K, candidate tokens of a position, the true one among them"),
        gate: z
          .enum(["learned", "fixed"])
          .default("learned")
          .describe("fixed: the gate of every position is targetGate"),
        maxGate: fraction.default(0.9).describe("α_max, the largest share of the proposal in a target"),
        targetGate: fraction.default(0.5).describe("mean gate that gatePenaltyWeight pulls towards"),
        initialGate: fraction
          .optional()
          .describe("mean gate before the designer's first update; targetGate by default"),
        gatePenaltyWeight: z.number().min(0).default(4).describe("weight of (mean gate − targetGate)²; 0 disables it"),
        klWeight: z
          .number()
          .min(0)
          .default(1)
          .describe("weight of the gated KL divergence of the proposal from the learner's prediction; 0 disables it"),
        entropyWeight: z
          .number()
          .min(0)
          .default(0)
          .describe("weight of a bonus for the proposal's entropy; 0 disables it"),
        prior: z
          .enum(["learner", "none"])
          .default("learner")
          .describe("scores of candidates start at the learner's log-probabilities, or at 0"),
      })
      .prefault({})
      .describe("the learned designer of targets, its optimizer and its regularisers"),
    tilt: z
      .strictObject({
        candidates: count.default(32).describe("K, candidate tokens of a position, the true one among them"),
        gate: fraction.default(0.5).describe("share of the tilted distribution in a target"),
        strength: z.number().default(1).describe("ε of r ∝ p·exp(ε·value)"),
      })
      .prefault({})
      .describe("the closed-form targets of the methods anchored, tilt and tangent"),
    controlsOf: z
      .enum(["value", "anchored", "tilt", "tangent"])
      .default("value")
      .describe("the method that random-direction, raw-direction, shuffled-labels and sign-flipped change"),
    alarm: z
      .strictObject({
        margin: fraction.default(0.02).describe("distance of the mean gate from 0 or α_max that counts as collapsed"),
        patience: count.default(200).describe("steps in a row before the line is written"),
      })
      .optional()
      .describe("write a line to the log when the mean gate stays within `margin` of 0 or α_max for `patience` steps"),
    evaluation: z
      .strictObject({
        quickRows: count.default(32).describe("rows of each test set in an evaluation during the run"),
        passAt1Rows: z
          .int()
          .min(0)
          .default(0)
          .describe("rows of data.test that are answered greedily and checked: pass@1; 0 leaves it out"),
        maxNewTokens: count.default(128).describe("longest answer for pass@1, in tokens"),
        biasRows: z
          .int()
          .min(0)
          .default(256)
          .describe(
            "rows of data.feedback that the logit bias of nllAfterBias is fitted on, after the last step; " +
              "0 leaves it out",
          ),
      })
      .prefault({})
      .describe("how parameters are scored"),
    samplePrompts: z.array(z.string()).default([]).describe("continued greedily before and after, for the report"),
    sampleTokens: count.default(64).describe("longest continuation of a sample prompt, in tokens"),
  })
  .refine(...matchRule)
  .refine(({ data, gradientAccumulation: accumulation }) => !data.domains || accumulation === 1, {
    path: ["gradientAccumulation"],
    message: "expected 1 beside data.domains, whose batches are the pieces of a step",
  })
  .refine(
    ({ data, value: { feedbackWeights: weights } }) => !weights || weights.length === [data.feedback].flat().length,
    {
      path: ["value", "feedbackWeights"],
      message: "expected one weight a source of data.feedback",
    },
  )
  .refine(({ data, value }) => !value.feedbackWeights || !data.domains, {
    path: ["value", "feedbackWeights"],
    message: "expected none beside data.domains, whose feedback is aligned with its own stream",
  })
  .refine(({ backend, value }) => backend.precision !== "bf16" || value.derivative === "forward-mode", {
    path: ["value", "derivative"],
    message: 'expected "forward-mode" with precision bf16: differences of bfloat16 products say nothing',
  })
  .refine(({ data }) => !tokenClasses.some((name) => name in data.test), {
    path: ["data", "test"],
    message: `expected no test set named ${tokenClasses.join(", ")}: nll/NAME is the NLL of a class of tokens`,
  })
  .refine(({ methods, evaluation }) => evaluation.biasRows > 0 || !methods.includes("constant-bias"), {
    path: ["evaluation", "biasRows"],
    message: 'expected at least 1 beside the method "constant-bias", whose bias is fitted on them',
  })
  .refine(({ learner, pretrainSteps }) => !learner.lora || pretrainSteps === 0, {
    path: ["learner", "lora"],
    message:
      "expected no pretrainSteps beside it: warm the model up in a run of its own, export it and name " +
      "its folder as model",
  })
  .meta({ presets: languagePresets });

/** A run's configuration with all defaults in place, as it is saved in the run folder. */
export type RunConfig = z.output<typeof runConfigSchema>;
/** Where rows come from. */
export type RowSource = z.output<typeof source>;
/** A streamed corpus, and one part of it. */
export type CorpusSource = z.output<typeof corpus>;
export type CorpusPart = z.output<typeof part>;

/** Checks a language run's configuration and fills in the defaults; see {@link parseConfig}. */
export const parseRunConfig = (config: unknown, where: string, directory?: string): RunConfig =>
  parseConfig(runConfigSchema, config, where, directory);

/**
 * A configuration file's default export; returns its argument, typed.
 *
 * @example
 * ```ts
 * import { defineConfig } from "@vpt/train/language";
 * export default defineConfig({
 *   model: "tiny",
 *   data: {
 *     unlabeled: { synthetic: "stream" },
 *     feedback: { synthetic: "problems" },
 *     test: { synthetic: "problems", split: "test" },
 *   },
 * });
 * ```
 */
export function defineConfig(config: RunConfigInput): RunConfigInput;
export function defineConfig(config: PresetConfigInput): PresetConfigInput;
export function defineConfig(config: RunConfigInput | PresetConfigInput): RunConfigInput | PresetConfigInput {
  return config;
}
