import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pack } from "tar-stream";
import { expect, it } from "vitest";
import { decodeImage, encodePng, listImages, readReference, renderScene, type RgbImage } from "../index.js";
import { createCropLoader } from "./crop-loader.js";
import type { CropDraw, CropPlan } from "./crop-plan.js";
import { cropWorkerUrl } from "./crop-worker-url.js";

const fixture = (name: string): string => fileURLToPath(new URL(`../__fixtures__/${name}`, import.meta.url));
const scenes = (count: number): RgbImage[] =>
  Array.from({ length: count }, (_, i) => renderScene(i, { width: 20, height: 16 }).image);
const crops = { globalSize: 12, localSize: 8, locals: 2 };

/** A folder of `good` scenes and the named fixtures. */
function folderOf(good: number, bad: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "images-"));
  mkdirSync(join(folder, "deeper"));
  scenes(good).forEach((image, i) => writeFileSync(join(folder, i % 2 ? "deeper" : ".", `${i}.png`), encodePng(image)));
  bad.forEach((name, i) => copyFileSync(fixture(name), join(folder, `bad-${i}-${name}`)));
  return folder;
}

/** libvips words one and the same fault differently when threads meet in it. */
const withoutReasons = (draw: CropDraw): CropDraw => ({
  ...draw,
  looked: draw.looked.map(({ name, reason }) => ({ name, ...(reason !== undefined && { reason: "bad" }) })),
});

async function steps(plan: CropPlan, workers: number, wanted: readonly number[], options = {}) {
  const loader = createCropLoader(plan, { workers, ...options });
  try {
    const draws: CropDraw[] = [];
    for (const step of wanted) draws.push(withoutReasons(await loader.at(step)));
    return { draws, quarantined: [...loader.quarantined], seen: loader.seen };
  } finally {
    await loader.close();
  }
}

it("gives the same crops in the same order for 0, 1 and 2 threads, from memory, files, and after a stop", async () => {
  const files = await listImages(folderOf(9, ["truncated.jpg", "cmyk.jpg", "one-pixel.png"]));
  for (const images of [scenes(7), files]) {
    const plan: CropPlan = { images, batchSize: 3, seed: 5, crops };
    const of = (workers: number, wanted = [0, 1, 2, 3, 4, 5, 6]) => steps(plan, workers, wanted);
    const [none, one, two, later] = [await of(0), await of(1), await of(2), await of(2, [4, 5, 6])];
    for (const other of [one, two]) {
      expect(other.draws).toEqual(none.draws);
      expect(other.quarantined.map(({ name }) => name)).toEqual(none.quarantined.map(({ name }) => name));
    }
    expect(later.draws).toEqual(none.draws.slice(4));
    expect(none.draws[0]!.globals).toHaveLength(2 * 3 * 12 * 12 * 3);
    expect(none.draws[0]!.locals).toHaveLength(2 * 3 * 8 * 8 * 3);
  }
});

it("leaves what it cannot read out, tells of each once, and gives up past the budget", async () => {
  const bad = ["truncated.jpg", "text.jpg", "huge.png"];
  const images = await listImages(folderOf(10, bad));
  const told: string[] = [];
  const plan: CropPlan = { images, batchSize: 4, seed: 1, crops };
  const { quarantined, seen } = await steps(plan, 1, [0, 1, 2, 3, 4, 5, 6], {
    onBad: ({ name }: { name: string }) => told.push(name),
  });
  expect(seen).toBe(13);
  expect(told.sort()).toEqual(bad.map((name, i) => `bad-${i}-${name}`));
  for (const { reason } of quarantined) expect(reason).toMatch(/^image: cannot be read: [^\n]+$/);
  await expect(steps(plan, 1, [0, 1, 2, 3, 4, 5, 6], { maxCorruptFraction: 0.02 })).rejects.toThrow(
    /^images: 3 of \d+ are bad, more than 2 %; the first, bad-/,
  );
  const none = await listImages(folderOf(0, bad));
  await expect(steps({ ...plan, images: none }, 2, [0])).rejects.toThrow(/none of 3 images can be read/);
});

it("reads images out of tars in place", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tars-"));
  const archive = pack();
  const long = `${"deep/".repeat(30)}2.png`; // a name that needs a header of its own
  const pictures = scenes(3);
  for (const [i, name] of ["0.png", "1.png", long].entries()) {
    archive.entry({ name }, Buffer.from(encodePng(pictures[i]!)));
    archive.entry({ name: name.replace("png", "cls") }, String(i));
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  writeFileSync(join(folder, "shard-0.tar"), Buffer.concat(chunks));
  const references = await listImages(folder);
  expect(references.map(({ name }) => name)).toEqual(["0.png", "1.png", long]);
  for (const [i, reference] of references.entries())
    expect(await decodeImage(await readReference(reference))).toEqual(pictures[i]);
  expect((await readReference({ name: "x", path: fixture("gray.png") })).length).toBe(
    readFileSync(fixture("gray.png")).length,
  );
  await expect(listImages("nowhere")).rejects.toThrow(/nowhere: no such folder/);
  await expect(listImages(mkdtempSync(join(tmpdir(), "none-")))).rejects.toThrow(/no image in this folder/);
});

it("a thread loads no tfjs, which takes seconds", () => {
  expect(readFileSync(fileURLToPath(cropWorkerUrl), "utf8")).not.toContain("@tensorflow/");
});
