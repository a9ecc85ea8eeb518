import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { VptError } from "@vpt/core";
import { cropImage, decodeImage, type RgbImage } from "@vpt/data/images";
import { cropBox, evaluateRetrieval, extractFeatures, readGroundTruth } from "@vpt/eval/retrieval";
import { retrievalView, vitExtractor } from "@vpt/vision";
import { defineCommand } from "citty";
import { finishEvaluation } from "@vpt/report";
import { loadEncoder } from "@vpt/train/vision";
import { shrink } from "@vpt/vision/evaluation";
import { deviceOf, wholeNumber } from "./options.js";
import { visionArgs, visionRun } from "./vision-options.js";

export const retrievalCommand = defineCommand({
  meta: {
    name: "retrieval",
    description:
      "mAP Easy, Medium and Hard of revisited Oxford or Paris, mean patch token as descriptor. Example: vpt eval retrieval --model facebook/dinov3-vits16 --data roxford5k --out runs/roxford",
  },
  args: {
    ...visionArgs,
    data: { type: "string", required: true, description: "folder with jpg/ and gnd_<name>.pkl, or the same as .json" },
    "long-side": {
      type: "string",
      default: "512",
      description: "long side of an image; both sides go to multiples of the patch",
    },
  },
  async run({ args }) {
    const run = visionRun(args);
    const { progress, signal, pictures, maxCorruptFraction, batchSize } = run;
    const name = args.data.replace(/\/+$/, "").split("/").at(-1)!;
    const truthFile = [`gnd_${name}.pkl`, `gnd_${name}.json`]
      .map((file) => join(args.data, file))
      .find((path) => existsSync(path));
    if (truthFile === undefined)
      throw new VptError(
        `${args.data}: no gnd_${name}.pkl or .json here; expected roxford5k or rparis6k with jpg/ beside it`,
      );
    const { imlist, qimlist, gnd } = await readGroundTruth(readFileSync(truthFile));
    if (qimlist.length !== gnd.length)
      throw new VptError(`${truthFile}: ${qimlist.length} queries, but truth for ${gnd.length}`);
    const bad = [...imlist, ...qimlist].find((image) => image.includes("/") || image.includes("\\"));
    if (bad !== undefined) throw new VptError(`${truthFile}: ${JSON.stringify(bad)} is no name of an image in jpg/`);
    const open = async (image: string): Promise<RgbImage> =>
      decodeImage(await readFile(join(args.data, "jpg", `${image}.jpg`)));
    const vit = await loadEncoder(args.model, deviceOf(args.device), progress);
    const longSide = wholeNumber("--long-side", args["long-side"]);
    const { patchSize } = vit.config;
    const extractor = vitExtractor(vit, {
      feature: "mean",
      batchSize,
      view: (image) => retrievalView(image, { patchSize, longSide }),
    });
    const images = imlist.map((id) => ({ id, load: () => open(id) }));
    const database = await extractFeatures(extractor, images, {
      file: join(args.out, "features"),
      maker: JSON.stringify({ model: args.model, longSide }),
      batchSize,
      maxCorruptFraction,
      signal,
      onBad: run.runner.onBad,
      onProgress: run.onProgress("database"),
    });
    const query = async (i: number): Promise<RgbImage> => {
      const image = await open(qimlist[i]!);
      const [left, top, right, bottom] = cropBox(gnd[i]!.bbx);
      const box = {
        left: Math.max(0, left),
        top: Math.max(0, top),
        right: Math.min(image.width, right),
        bottom: Math.min(image.height, bottom),
      };
      if (box.right <= box.left || box.bottom <= box.top)
        throw new VptError(`query box ${gnd[i]!.bbx.join(", ")} lies outside its image`);
      return cropImage(image, {
        left: box.left,
        top: box.top,
        width: box.right - box.left,
        height: box.bottom - box.top,
      });
    };
    const queries = qimlist.slice(0, run.limit).map((id, i) => ({ id, ...gnd[i]!, load: () => query(i) }));
    const record = await evaluateRetrieval(
      extractor,
      { database, queries },
      {
        ...run.runner,
        name: `retrieval ${name}`,
        settings: { longSide, descriptor: "mean patch token" },
        onRanking: async ({ id, ranking }) => {
          if (pictures.isFull) return;
          const i = qimlist.indexOf(id);
          const { easy, hard, junk } = gnd[i]!;
          const word = (at: number): string =>
            easy.includes(at) ? "easy" : hard.includes(at) ? "hard" : junk.includes(at) ? "junk" : "wrong";
          const found = await Promise.all(
            ranking.slice(0, 5).map(async (at, rank) => ({
              caption: `${rank + 1}: ${word(at)}`,
              image: shrink(await open(imlist[at]!), "photograph"),
            })),
          );
          pictures.add(id, `${easy.length} easy and ${hard.length} hard images to find`, [
            { caption: "query", image: shrink(await query(i), "photograph") },
            ...found,
          ]);
        },
      },
    );
    const left = database.quarantined.length;
    const notes = [
      `${database.kept.length} database images${left > 0 ? `, ${left} left out` : ""}; single scale, no whitening, no query expansion.`,
    ];
    await finishEvaluation(record, {
      out: args.out,
      json: args.json,
      model: args.model,
      pictures: pictures.rows(),
      notes,
    });
  },
});
