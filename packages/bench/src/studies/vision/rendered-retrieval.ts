import { randomFromSeed, type Params } from "@vpt/core";
import { cropImage, renderScene, resizeImage, type RgbImage } from "@vpt/data/images";
import { rankByDotProduct, revisitedScores, type RevisitedProtocol } from "@vpt/eval/retrieval";
import { vitExtractor, type ViTConfig } from "@vpt/vision";

/** A retrieval benchmark of rendered rooms in the form of the revisited Oxford and Paris sets. */
export interface RenderedRetrieval {
  readonly queries: readonly RgbImage[];
  readonly database: readonly RgbImage[];
  readonly groundTruth: readonly {
    readonly easy: readonly number[];
    readonly hard: readonly number[];
    readonly junk: readonly number[];
  }[];
}

/**
 * Rooms to find again: of each a query (its middle), two easy views (nearly the same window), two hard ones (a window
 * that shares about a third of it, darker or brighter) and one junk view (hardly any overlap).
 *
 * @param side Of every view, in pixels.
 */
export function renderedRetrieval({
  rooms,
  side,
  seed,
}: {
  readonly rooms: number;
  readonly side: number;
  readonly seed: number;
}): RenderedRetrieval {
  const random = randomFromSeed(seed, "retrieval");
  const whole = 2 * side;
  const database: RgbImage[] = [];
  const views = Array.from({ length: rooms }, (_, room) => {
    const { image } = renderScene(seed * 1_000_000 + room, { width: whole, height: whole });
    /** A window of 60 % of the room, moved by a share of its own width, resized to `side`. */
    const view = (shift: number, brightness = 1): RgbImage => {
      const size = Math.round(0.6 * whole);
      const angle = 2 * Math.PI * random.uniform();
      const place = (share: number): number =>
        Math.max(0, Math.min(whole - size, Math.round((whole - size) / 2 + shift * size * share)));
      const box = { left: place(Math.cos(angle)), top: place(Math.sin(angle)), width: size, height: size };
      const resized = resizeImage(cropImage(image, box), { width: side, height: side, kind: "bilinear" });
      return { ...resized, data: resized.data.map((byte) => Math.min(255, Math.round(byte * brightness))) };
    };
    const add = (image: RgbImage): number => database.push(image) - 1;
    return {
      query: view(0),
      easy: [add(view(0.08)), add(view(0.12))],
      hard: [add(view(0.33, 0.7)), add(view(0.33, 1.3))],
      junk: [add(view(0.33, 0.4))],
    };
  });
  return {
    queries: views.map(({ query }) => query),
    database,
    groundTruth: views.map(({ easy, hard, junk }) => ({ easy, hard, junk })),
  };
}

/** mAP of the three protocols: means of patch tokens at unit length, ranked by cosine. */
export async function scoreRetrieval(
  { queries, database, groundTruth }: RenderedRetrieval,
  config: ViTConfig,
  params: Params,
): Promise<Readonly<Record<RevisitedProtocol, number>>> {
  const extractor = vitExtractor({ config, params }, { feature: "mean" });
  const unit = (row: Float32Array): Float32Array => {
    const norm = Math.hypot(...row);
    return row.map((x) => x / norm);
  };
  const [asked, kept] = [await extractor.extract(queries), await extractor.extract(database)];
  const ranks = rankByDotProduct(asked.map(unit), kept.map(unit));
  const mAP = (protocol: RevisitedProtocol): number => revisitedScores(ranks, groundTruth, { protocol }).mAP;
  return { easy: mAP("easy"), medium: mAP("medium"), hard: mAP("hard") };
}
