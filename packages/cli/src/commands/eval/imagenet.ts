import { join } from "node:path";
import { VptError } from "@vpt/core";
import { decodeImage, listImageClasses, readReference, type LabelledReference } from "@vpt/data/images";
import { evaluateKnn, evaluateLinearProbe, extractFeatures, probeLearningRates } from "@vpt/eval/imagenet";
import { imagenetView, vitExtractor } from "@vpt/vision";
import { shrink, trainLinearProbes } from "@vpt/vision/evaluation";
import { defineCommand } from "citty";
import { finishEvaluation } from "@vpt/report";
import { loadEncoder } from "@vpt/train/vision";
import { subset } from "../../eval-vision/run-segmentation.js";
import { deviceOf, oneOf, wholeNumber } from "./options.js";
import { visionArgs, visionRun } from "./vision-options.js";

export const imagenetCommand = defineCommand({
  meta: {
    name: "imagenet",
    description:
      "kNN or linear-BN accuracy of a frozen ViT on a folder a class, or WebDataset tars. Example: vpt eval imagenet --model facebook/dinov3-vits16 --data imagenet --probe knn --out runs/imagenet",
  },
  args: {
    ...visionArgs,
    data: { type: "string", required: true, description: "folder with one of images for each split" },
    splits: { type: "string", default: "train,val", description: "folder to learn from, folder to score" },
    probe: {
      type: "string",
      default: "knn",
      description: "knn, or linear: 13 heads on stored features, no augmentation",
    },
    k: { type: "string", default: "20", description: "neighbours of kNN" },
    epochs: { type: "string", default: "100", description: "of the linear probe" },
    "train-batch": { type: "string", default: "1024", description: "features an update of the linear probe" },
    "train-limit": { type: "string", description: "training images, drawn by the seed; all by default" },
    "short-side": { type: "string", default: "256", description: "short side before the centre crop" },
    size: { type: "string", default: "224", description: "side of the centre crop" },
  },
  async run({ args }) {
    const run = visionRun(args);
    const { progress, signal, seed, pictures, maxCorruptFraction, batchSize } = run;
    const [trainSplit = "train", valSplit = "val"] = args.splits.split(",");
    const [train, val] = [
      await listImageClasses(join(args.data, trainSplit)),
      await listImageClasses(join(args.data, valSplit)),
    ];
    const odd = val.classes.find((name) => !train.classes.includes(name));
    if (odd !== undefined) throw new VptError(`${args.data}: class ${odd} of ${valSplit} is not in ${trainSplit}`);
    const classes = train.classes.length;
    const kind = oneOf("--probe", args.probe, ["knn", "linear"]);
    const view = { shortSide: wholeNumber("--short-side", args["short-side"]), crop: wholeNumber("--size", args.size) };
    const vit = await loadEncoder(args.model, deviceOf(args.device), progress);
    if (view.crop % vit.config.patchSize !== 0)
      throw new VptError(`--size ${view.crop}: expected a multiple of the patch, ${vit.config.patchSize}`);
    const feature = kind === "knn" ? "cls" : "cls+mean";
    const extractor = vitExtractor(vit, { feature, batchSize, view: (image) => imagenetView(image, view) });
    const item = (reference: LabelledReference) => ({
      id: reference.name,
      label: reference.label,
      load: async () => decodeImage(await readReference(reference)),
    });
    const trainItems = subset(train.images, args["train-limit"], seed).map(item);
    const features = await extractFeatures(extractor, trainItems, {
      file: join(args.out, `features-${kind}`),
      maker: JSON.stringify({ model: args.model, feature, ...view }),
      batchSize,
      maxCorruptFraction,
      signal,
      onBad: run.runner.onBad,
      onProgress: run.onProgress("training features"),
    });
    const labels = features.kept.map((i) => trainItems[i]!.label);
    const labelOf = (name: string): number => train.classes.indexOf(name);
    const test = val.images
      .slice(0, run.limit)
      .map((image) => item({ ...image, label: labelOf(val.classes[image.label]!) }));
    const byId = new Map(test.map((one) => [one.id, one]));
    const runner = {
      ...run.runner,
      settings: { feature, ...view, trainImages: labels.length },
      onPrediction: async ({
        id,
        label,
        top5,
      }: {
        readonly id: string;
        readonly label: number;
        readonly top5: readonly number[];
      }) => {
        if (pictures.isFull) return;
        const image = shrink(await byId.get(id)!.load(), "photograph");
        const names = top5.map((c) => train.classes[c] ?? String(c));
        pictures.add(id, top5[0] === label ? "right" : "wrong", [
          { caption: `${train.classes[label]}; said ${names.join(", ")}`, image },
        ]);
      },
    };
    const common = { out: args.out, json: args.json, model: args.model };
    if (kind === "knn") {
      const k = wholeNumber("--k", args.k);
      const record = await evaluateKnn(extractor, { train: { ...features, labels }, test }, { ...runner, classes, k });
      return finishEvaluation(record, {
        ...common,
        pictures: pictures.rows(),
        notes: [`${k} nearest of ${labels.length} training images, class token.`],
      });
    }
    const epochs = wholeNumber("--epochs", args.epochs);
    const trainBatch = wholeNumber("--train-batch", args["train-batch"]);
    const onProgress = run.onProgress("probe updates");
    const probes = await trainLinearProbes(features, labels, {
      classes,
      epochs,
      batchSize: trainBatch,
      seed,
      signal,
      onProgress,
      learningRatesOf: probeLearningRates,
    });
    const settings = { ...runner.settings, preset: "quick", epochs, trainBatch, seed };
    const record = await evaluateLinearProbe(extractor, probes, test, { ...runner, settings });
    const { learningRate, top1BestLr } = record.chosen;
    const notes = [
      `Chosen on held-out training images: learning rate ${learningRate}. The best head on the scored images themselves has ${(100 * top1BestLr).toFixed(1)} %, to compare with published numbers.`,
    ];
    return finishEvaluation(record, { ...common, pictures: pictures.rows(), notes });
  },
});
