import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { encodePng } from "./png.js";
import { decodeImage } from "./decode-image.js";
import { resizeImage } from "./resize-image.js";

// Photographs, resized by Pillow itself in the same run. Needs ../shared/data/camvid, and a Python with Pillow
// ($VPT_PYTHON or python3).
const photographs = fileURLToPath(new URL("../../../../../shared/data/camvid/images/val", import.meta.url));
const python = process.env["VPT_PYTHON"] ?? "python3";
const hasPillow = (): boolean => {
  try {
    execFileSync(python, ["-c", "import PIL"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};
const script = `
import sys
from PIL import Image
for line in sys.stdin:
    source, target, width, height, kind = line.split()
    Image.open(source).convert("RGB").resize((int(width), int(height)), getattr(Image, kind.upper())).save(target)
`;

it.skipIf(!existsSync(photographs) || !hasPillow())("photographs are within one grey level of Pillow's", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pillow-"));
  const sizes = [
    [224, 224],
    [96, 96],
    [320, 240],
    [61, 180],
    [37, 29],
  ] as const;
  const names = readdirSync(photographs)
    .sort()
    .filter((_, i) => i % 13 === 0);
  const jobs = [];
  for (const name of names) {
    // Decoded once, since JPEG decoders differ by more than filters do.
    const image = await decodeImage(readFileSync(join(photographs, name)));
    const source = join(folder, `${name}.png`);
    writeFileSync(source, encodePng(image));
    for (const [width, height] of sizes)
      for (const kind of ["bilinear", "bicubic"] as const)
        jobs.push({ image, source, target: join(folder, `${jobs.length}.png`), width, height, kind });
  }
  execFileSync(python, ["-c", script], {
    input: jobs
      .map(({ source, target, width, height, kind }) => `${source} ${target} ${width} ${height} ${kind}\n`)
      .join(""),
  });
  let furthest = 0;
  for (const { image, target, width, height, kind } of jobs) {
    const [ours, theirs] = [resizeImage(image, { width, height, kind }), await decodeImage(readFileSync(target))];
    for (let i = 0; i < ours.data.length; i++) furthest = Math.max(furthest, Math.abs(ours.data[i]! - theirs.data[i]!));
  }
  expect(jobs.length).toBeGreaterThanOrEqual(70);
  expect(furthest).toBeLessThanOrEqual(1);
});
