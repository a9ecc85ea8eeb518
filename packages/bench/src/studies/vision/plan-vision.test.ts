import { existsSync } from "node:fs";
import { visionCost, visionShapeOf } from "@vpt/train/vision";
import { expect, it } from "vitest";
import { planVision } from "./plan-vision.js";
import { paperConfigs, visionScales, visionSettings, type VisionStudyName } from "./vision-scales.js";
import { weightGrid } from "./weight-grid.js";

const names: readonly VisionStudyName[] = ["main-vision", "pareto", "transfer-vision"];
/** Cells of the table's only row, or of the row of a name. */
const cellsOf = (plan: string, name: string): string[] =>
  plan
    .split("\n")
    .find((line) => line.startsWith(`| ${name} |`))!
    .split("|")
    .map((cell) => cell.trim())
    .slice(1, -1);

it("costs every method and seed: hours are operations over the assumed rate", async () => {
  const run = visionSettings("tiny", "main-vision");
  const { flopsWithValue } = visionCost(run, visionShapeOf(run));
  const cells = cellsOf(await planVision("main-vision", "tiny", 6), "main-vision");
  expect(cells[1]).toBe(String(run.methods.length));
  expect(cells[3]).toBe("240");
  expect(Number(cells.at(-1))).toBeCloseTo((flopsWithValue * run.methods.length * 6) / 2e9 / 3600, 1);
});

it("counts a run for each pair of weights, and the baseline", async () => {
  expect(cellsOf(await planVision("pareto", "tiny", 3), "pareto")[1]).toBe(String(weightGrid.length + 1));
  const paper = await planVision("pareto", "paper", 3);
  expect(paper.match(/ {4}vpt train /g)).toHaveLength(paperConfigs.length * weightGrid.length);
  expect(paper).toContain("--set tasks.segmentation=4 --set tasks.depth=1 --out runs/ade20k-vitb-1-1");
});

it("doubles its hours with the seeds", async () => {
  const hours = async (seeds: number): Promise<number> =>
    Number(/All: ([\d.e+-]+) h\./.exec(await planVision("main-vision", "small", seeds))![1]);
  expect((await hours(20)) / (await hours(10))).toBeCloseTo(2, 1);
});

it("says where the data come from, and that hours are assumed", async () => {
  expect(await planVision("main-vision", "small", 2)).toContain("Data: CamVid, under $VPT_DATA");
  expect(await planVision("pareto", "small", 2)).toContain("Data: rendered rooms, made here. 2 seeds, paired.");
  expect(await planVision("transfer-vision", "paper", 2)).toContain("revisited Oxford and Paris");
  expect(await planVision("main-vision", "tiny", 2)).toContain("an assumption, not a measurement");
});

it("has configurations of every study and scale, on one thread, with the changes that are asked for", () => {
  for (const name of names)
    for (const scale of visionScales) {
      const run = visionSettings(scale, name, { seed: 9 });
      expect(run).toMatchObject({ seed: 9, backend: { threads: 1 } });
      expect(run.pretrainSteps).toBeGreaterThan(0); // all methods start from its end, and transfer-vision scores it
      expect(run.methods[0]).toBe("baseline");
    }
  expect(visionSettings("small", "main-vision").data).toMatchObject({ classes: 11 });
  expect(visionSettings("small", "pareto").data).toMatchObject({ rendered: true });
});

it("has a watermark wherever the oracle is to leave it out", () => {
  for (const scale of visionScales) {
    const { methods, data } = visionSettings(scale, "main-vision");
    if (methods.includes("oracle")) expect(data).toMatchObject({ watermark: 0.3 });
  }
});

it("names files of the paper's runs that exist", () => {
  const root = new URL("../../../../../", import.meta.url);
  for (const path of paperConfigs) expect(existsSync(new URL(path, root))).toBe(true);
});

it("weighs from segmentation alone to depth alone, each pair once, in that order", () => {
  const shares = weightGrid.map(([segmentation, depth]) => segmentation / (segmentation + depth));
  expect([shares[0], shares.at(-1)]).toEqual([1, 0]);
  expect([...new Set(shares)].sort((a, b) => b - a)).toEqual(shares);
});
