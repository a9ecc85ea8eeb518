import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { VptError } from "@vpt/core";
import { cropImage, decodeImage, type RgbImage } from "@vpt/data/images";
import {
  cropBox,
  evaluateRetrieval as scoreRetrieval,
  extractFeatures,
  readGroundTruth,
  type RetrievalRunOptions,
} from "@vpt/eval/retrieval";
import { vitExtractor } from "../model/index.js";
import type { ViT } from "../model/load-vit.js";
import { retrievalView } from "../views/index.js";
import { evaluationRun, type EncoderEvaluation, type EncoderEvaluationOptions } from "./evaluation-run.js";
import { shrink } from "./pictures.js";

/** Revisited Oxford or Paris: its truth, and how its images are opened. */
export interface RetrievalSet extends Awaited<ReturnType<typeof readGroundTruth>> {
  readonly name: string;
  /** Reads an image by its name in the truth. */
  open(name: string): Promise<RgbImage>;
}

/**
 * Opens a folder with `jpg/` and `gnd_<name>.pkl`, or the same as `.json`.
 *
 * @throws {VptError} When there is no truth, or it names an image outside `jpg/`.
 * @example
 * ```ts
 * import { openRetrieval } from "@vpt/vision/evaluation";
 *
 * const set = await openRetrieval("roxford5k");
 * ```
 * @category sets
 */
export async function openRetrieval(folder: string): Promise<RetrievalSet> {
  const name = basename(resolve(folder));
  const file = [`gnd_${name}.pkl`, `gnd_${name}.json`].map((each) => join(folder, each)).find(existsSync);
  if (file === undefined)
    throw new VptError(
      `${folder}: no gnd_${name}.pkl or .json here; expected roxford5k or rparis6k with jpg/ beside it`,
    );
  const truth = await readGroundTruth(readFileSync(file));
  const { imlist, qimlist, gnd } = truth;
  if (qimlist.length !== gnd.length)
    throw new VptError(`${file}: ${qimlist.length} queries, but truth for ${gnd.length}`);
  const bad = [...imlist, ...qimlist].find((image) => image.includes("/") || image.includes("\\"));
  if (bad !== undefined) throw new VptError(`${file}: ${JSON.stringify(bad)} is no name of an image in jpg/`);
  return {
    ...truth,
    name,
    open: async (image) => decodeImage(await readFile(join(folder, "jpg", `${image}.jpg`))),
  };
}

/**
 * Measures mAP Easy, Medium and Hard of a frozen encoder, whose descriptor is the mean patch token: single scale, no
 * whitening, no query expansion. Features are stored in the folder, so that a stopped evaluation continues.
 *
 * @param evaluation `longSide` of an image in pixels, default 512; both sides go to multiples of the patch.
 * @throws {VptError} When too many images cannot be read.
 * @example
 * ```ts
 * import { resolveModel } from "@vpt/hub";
 * import { loadViT } from "@vpt/vision";
 * import { evaluateRetrieval, openRetrieval } from "@vpt/vision/evaluation";
 *
 * const vit = await loadViT(await resolveModel("facebook/dinov2-small"));
 * const set = await openRetrieval("roxford5k");
 * const { record } = await evaluateRetrieval({ vit, set }, { folder: "runs/roxford" });
 * ```
 * @category evaluation
 */
export async function evaluateRetrieval(
  { vit, set, longSide = 512 }: { readonly vit: ViT; readonly set: RetrievalSet; readonly longSide?: number },
  options: EncoderEvaluationOptions,
): Promise<EncoderEvaluation> {
  const run = evaluationRun(options);
  const { patchSize } = vit.config;
  const extractor = vitExtractor(vit, {
    feature: "mean",
    batchSize: run.batchSize,
    view: (image) => retrievalView(image, { patchSize, longSide }),
  });
  const images = set.imlist.map((id) => ({ id, load: () => set.open(id) }));
  const maker = { model: options.model ?? "", longSide };
  const database = await extractFeatures(extractor, images, run.features("features", "database", maker));
  const queries = set.qimlist
    .slice(0, options.limit)
    .map((id, i) => ({ id, ...set.gnd[i]!, load: () => queryImage(set, i) }));
  const record = await scoreRetrieval(
    extractor,
    { database, queries },
    {
      ...run.runner,
      name: `retrieval ${set.name}`,
      settings: { longSide, descriptor: "mean patch token" },
      onRanking: showRanking(set, run.pictures),
    },
  );
  const left = database.quarantined.length;
  const notes = [
    `${database.kept.length} database images${left > 0 ? `, ${left} left out` : ""}; ` +
      "single scale, no whitening, no query expansion.",
  ];
  return { record, pictures: run.pictures.rows(), notes };
}

/** The part of a query's image inside its box, cut to the image. */
async function queryImage({ open, qimlist, gnd }: RetrievalSet, i: number): Promise<RgbImage> {
  const image = await open(qimlist[i]!);
  const [x1, y1, x2, y2] = cropBox(gnd[i]!.bbx);
  const [left, top] = [Math.max(0, x1), Math.max(0, y1)];
  const [right, bottom] = [Math.min(image.width, x2), Math.min(image.height, y2)];
  if (right <= left || bottom <= top) throw new VptError(`query box ${gnd[i]!.bbx.join(", ")} lies outside its image`);
  return cropImage(image, { left, top, width: right - left, height: bottom - top });
}

/** Keeps a query beside the five best of its ranking, until there are enough. */
const showRanking =
  (
    set: RetrievalSet,
    pictures: ReturnType<typeof evaluationRun>["pictures"],
  ): NonNullable<RetrievalRunOptions["onRanking"]> =>
  async ({ id, ranking }) => {
    if (pictures.isFull) return;
    const i = set.qimlist.indexOf(id);
    const { easy, hard, junk } = set.gnd[i]!;
    const word = (at: number): string =>
      easy.includes(at) ? "easy" : hard.includes(at) ? "hard" : junk.includes(at) ? "junk" : "wrong";
    const found = await Promise.all(
      ranking.slice(0, 5).map(async (at, rank) => ({
        caption: `${rank + 1}: ${word(at)}`,
        image: shrink(await set.open(set.imlist[at]!), "photograph"),
      })),
    );
    const query = { caption: "query", image: shrink(await queryImage(set, i), "photograph") };
    pictures.add(id, `${easy.length} easy and ${hard.length} hard images to find`, [query, ...found]);
  };
