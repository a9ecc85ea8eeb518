import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodePng, resizeImage, resizeMap, type RgbImage } from "@vpt/data/images";
import type { Picture } from "@vpt/eval/segmentation";

const shown = { longSide: 320 };

/** One row of the report: pictures beside each other, with a word to each. */
export interface PictureRow {
  readonly id: string;
  readonly note: string;
  readonly pictures: readonly { readonly caption: string; readonly png: string }[];
}

/** A colour a class, told apart by hue and lightness; what is no class is black. */
export function classColour(label: number): readonly [number, number, number] {
  const hue = (label * 0.618034) % 1;
  const light = [150, 105, 190][label % 3]!;
  return [0, 1, 2].map((c) =>
    Math.round(Math.max(0, Math.min(255, light + 80 * Math.cos(2 * Math.PI * (hue - c / 3))))),
  ) as unknown as [number, number, number];
}

/** A label map in colours; `isClass` says which labels are. */
export function colourLabels(
  labels: ArrayLike<number>,
  { width, height }: Size,
  isClass: (label: number) => boolean,
): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < labels.length; i++) if (isClass(labels[i]!)) data.set(classColour(labels[i]!), i * 3);
  return { data, width, height };
}

/** Depth from near (bright yellow) to far (dark violet); black was not measured. */
export function colourDepth(
  depth: ArrayLike<number>,
  { width, height }: Size,
  [near, far]: readonly [number, number],
): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < depth.length; i++) {
    const metres = depth[i]!;
    if (!(metres > 0 && Number.isFinite(metres))) continue;
    const t = 1 - Math.max(0, Math.min(1, (metres - near) / (far - near)));
    data.set(warm(t), i * 3);
  }
  return { data, width, height };
}

/** Stops of a map that grows lighter all the way, so that it also reads in grey. */
const stops = [
  [20, 11, 53],
  [106, 23, 110],
  [188, 55, 84],
  [243, 120, 25],
  [252, 255, 164],
] as const;
function warm(t: number): [number, number, number] {
  const at = t * (stops.length - 1);
  const low = Math.min(stops.length - 2, Math.floor(at));
  return [0, 1, 2].map((c) => Math.round(stops[low]![c]! + (at - low) * (stops[low + 1]![c]! - stops[low]![c]!))) as [
    number,
    number,
    number,
  ];
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Small enough for a page: photographs smoothly, maps without mixing colours. */
export function shrink(image: Picture, kind: "photograph" | "map"): RgbImage {
  const scale = shown.longSide / Math.max(image.width, image.height);
  if (scale >= 1) return image;
  const size = {
    width: Math.max(1, Math.round(image.width * scale)),
    height: Math.max(1, Math.round(image.height * scale)),
  };
  if (kind === "photograph") return resizeImage(image, { ...size, kind: "bilinear" });
  const at = resizeMap(
    {
      data: Float32Array.from({ length: image.width * image.height }, (_, i) => i),
      width: image.width,
      height: image.height,
    },
    size,
  );
  const data = new Uint8Array(size.width * size.height * 3);
  at.data.forEach((from, i) => data.set(image.data.subarray(from * 3, from * 3 + 3), i * 3));
  return { data, ...size };
}

/** Rows for the report, kept in files as they are made: a run that goes on shows what was answered before. */
export function pictureFolder(folder: string, most: number) {
  mkdirSync(folder, { recursive: true });
  const files = (): string[] =>
    readdirSync(folder)
      .filter((name) => name.endsWith(".json"))
      .sort();
  return {
    get isFull() {
      return files().length >= most;
    },
    add(id: string, note: string, pictures: readonly { readonly caption: string; readonly image: RgbImage }[]): void {
      const name = `${String(files().length).padStart(4, "0")}.json`;
      if (existsSync(join(folder, name))) return;
      const row: PictureRow = {
        id,
        note,
        pictures: pictures.map(({ caption, image }) => ({
          caption,
          png: Buffer.from(encodePng(image)).toString("base64"),
        })),
      };
      writeFileSync(join(folder, name), JSON.stringify(row));
    },
    rows: (): PictureRow[] => files().map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as PictureRow),
  };
}
