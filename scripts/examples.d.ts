// What examples in doc comments take as given: a model, its data, tensors of a batch. check-examples.mjs compiles them
// with it.
import type * as Tf from "@tensorflow/tfjs";
import type * as Core from "@vpt/core";
import type * as Data from "@vpt/data";
import type { Gsm8kItem } from "@vpt/eval/gsm8k";
import type { MmluItem } from "@vpt/eval/mmlu";
import type { NllTask } from "@vpt/eval/nll";
import type * as Images from "@vpt/data/images";
import type * as Lang from "@vpt/lang";
import type * as Vision from "@vpt/vision";
import type * as Weights from "@vpt/weights";

declare global {
  // A language model and its training
  const model: Lang.LanguageModel;
  const config: Lang.DecoderConfig;
  const tokenizer: Lang.Tokenizer;
  const lora: Lang.LoraConfig;
  const params: Core.Params;
  const adapter: Core.Params;
  const checkpoint: Weights.Checkpoint;
  const gradients: Core.Params;
  const learner: Core.Learner<Lang.LanguageBatch, Lang.LanguageView>;
  const designer: Core.Designer<Lang.LanguageBatch, Lang.LanguageView>;
  const optimizer: Core.Optimizer;
  const learningRate: (step: number) => number;
  const state: Core.TrainState;
  const options: Omit<Core.VPretrainOptions<Lang.LanguageBatch, Lang.LanguageView>, "batches">;
  const value: Core.ValueStepOptions<Lang.LanguageBatch>;

  // Rows and batches
  const examples: readonly Lang.Example[];
  const gsm8k: readonly Lang.Example[];
  const rows: readonly Lang.Example[];
  const pairs: readonly Lang.Preference[];
  const problems: readonly Gsm8kItem[];
  const mmlu: readonly MmluItem[];
  const texts: readonly string[];
  const task: NllTask<string>;
  const batch: Lang.LanguageBatch;
  const batches: Core.BatchSource<Lang.LanguageBatch>;
  const random: Core.Random;
  const row: Data.PackedRow;
  const other: Data.PackedRow;
  const raw: Data.Stream<Data.QuestionRecord>;
  const instructions: Data.Stream<Data.QuestionRecord>;
  const tokenise: (record: Data.QuestionRecord) => Data.TokenizedExample;

  // A vision model and images
  const vit: Vision.ViT;
  /** Parameters of a trained dense head. */
  const head: Core.Params;
  const image: Images.RgbImage;
  const labels: Images.PixelMap<Uint8Array>;
  const depth: Images.PixelMap<Float32Array>;
  const references: readonly Images.ImageReference[];

  // Tensors, named by their axes
  const images_BHWC: Tf.Tensor4D;
  const x_BHWC: Tf.Tensor4D;
  const ids_BT: Tf.Tensor2D;
  const prompt_BT: Tf.Tensor2D;
  const next_B1: Tf.Tensor2D;
  const rows_ND: Tf.Tensor2D;
  const hidden_ND: Tf.Tensor2D;
  const logits_NV: Tf.Tensor2D;
  const labels_N: Tf.Tensor1D;
  const weight_N: Tf.Tensor1D;
  const ids_NK: Tf.Tensor2D;
  const probs_NK: Tf.Tensor2D;
  const cotangent_NK: Tf.Tensor2D;
  const proposal_NK: Tf.Tensor2D;
  const logPrior_NK: Tf.Tensor2D;
}
