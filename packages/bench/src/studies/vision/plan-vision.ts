import { basename } from "node:path";
import type { ViTConfig } from "@vpt/vision";
import { loadConfigFile, parseConfig, short } from "@vpt/train";
import { visionConfigSchema, visionCost, visionShapeOf, type VisionConfig } from "@vpt/train/vision";
import { paperConfigs, visionSettings, type VisionStudyName } from "./vision-scales.js";
import { weightGrid } from "./weight-grid.js";

const titles: Record<VisionStudyName, string> = {
  "main-vision": "Table 1, vision: value against baseline, random g_down and random masks",
  pareto: "Figure 2 right: mIoU against depth RMSE over weights of the two tasks",
  "transfer-vision": "Table 2, vision: retrieval with the backbones of table 1",
};

/** Operations a second that the hours assume. */
const assumed: Readonly<Record<string, { readonly rate: number; readonly machine: string }>> = {
  tiny: { rate: 2e9, machine: "two cores, very small products" },
  small: { rate: 2e10, machine: "two cores, small products" },
  paper: { rate: 1.2e14, machine: "one H100, float32 products as TF32" },
};

interface PlannedRun {
  readonly name: string;
  readonly run: VisionConfig;
  readonly config: ViTConfig;
}

/** What a study would run: methods, seeds, images, operations, memory, hours, and the commands. */
export async function planVision(name: VisionStudyName, scale: string, seeds: number): Promise<string> {
  const { rate, machine } = assumed[scale]!;
  const isPaper = scale === "paper";
  const runs = isPaper ? await Promise.all(paperConfigs.map(paperRun)) : [ownRun(name, scale)];
  const costs = runs.map((planned) => {
    const { flopsWithValue: flops, parameters, bytes } = visionCost(planned.run, planned.config);
    const methods = name === "pareto" ? weightGrid.length + 1 : planned.run.methods.length;
    return { ...planned, flops, parameters, bytes, methods, hours: (flops * methods * seeds) / rate / 3600 };
  });
  const weights =
    name === "pareto" ? weightGrid.map(([a, b]) => ` --set tasks.segmentation=${a} --set tasks.depth=${b}`) : [""];
  const commands = isPaper
    ? runs.flatMap((planned, i) =>
        weights.map(
          (set, j) => `vpt train ${paperConfigs[i]} --set seed=1${set} --out runs/${planned.name}-1${set && `-${j}`}`,
        ),
      )
    : [`vpt repro ${name} --scale ${scale} --seeds ${seeds} --out docs/evidence`];
  const total = costs.reduce((sum, { hours }) => sum + hours, 0);
  return [
    `# ${titles[name]} (${scale})`,
    ``,
    ...(isPaper
      ? [
          "Data, under $VPT_DATA: ADE20K, NYUv2 (with splits.mat and classMapping40.mat) and, as stream, " +
            `ImageNet's training images${name === "transfer-vision" ? "; revisited Oxford and Paris" : ""}. ` +
            "Weights: DINOv3 from Hugging Face, behind its licence.",
          `Each of ${seeds} seeds by \`--set seed=\`; a row's scores are those of its own linear heads at ` +
            `the end of \`vpt train\`; \`vpt eval\` asks the benchmarks.`,
        ]
      : [
          scale === "small" && name === "main-vision"
            ? `Data: CamVid, under $VPT_DATA or ../shared/data. ${seeds} seeds, paired.`
            : `Data: rendered rooms, made here. ${seeds} seeds, paired.`,
        ]),
    ``,
    "| run | methods | parameters | steps | images a method | operations a method | memory before " +
      "activations | hours, all methods and seeds |",
    `| --- | --- | --- | --- | --- | --- | --- | --- |`,
    ...costs.map(
      ({ name: row, methods, parameters, run, flops, bytes, hours }) =>
        `| ${row} | ${methods} | ${short(parameters)} | ${run.steps} | ` +
        `${short(run.steps * run.batchSize)} | ${short(flops, "FLOP")} | ${short(bytes, "B")} | ` +
        `${hours.toPrecision(2)} |`,
    ),
    ``,
    `Hours assume ${short(rate, "FLOP/s")} (${machine}): an assumption, not a measurement; loading ` +
      `and scoring come on top. All: ${total.toPrecision(2)} h.`,
    ``,
    ...commands.map((command) => `    ${command}`),
  ].join("\n");
}

/** A run of the paper, from its file; the size of its model is in the model's name. */
async function paperRun(path: string): Promise<PlannedRun> {
  const run = parseConfig(visionConfigSchema, await loadConfigFile(path), path);
  return { name: basename(path, ".config.ts"), run, config: visionShapeOf(run) };
}

function ownRun(name: VisionStudyName, scale: string): PlannedRun {
  const run = visionSettings(scale, name);
  return { name, run, config: visionShapeOf(run) };
}
