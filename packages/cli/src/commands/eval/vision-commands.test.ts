import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { encodeMapPng, encodePng, renderScene, sceneClasses, type Scene } from "@vpt/data/images";
import { dinov3Config, initViT } from "@vpt/vision";
import { classColour } from "@vpt/vision/evaluation";
import { writeSafetensors } from "@vpt/weights";
import { runCommand, type CommandDef } from "citty";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { visionCommands } from "./vision.js";

vi.setConfig({ testTimeout: 300_000 });

// The commands in this process, a tiny ViT of random weights on rendered rooms in the real layouts.
const folder = process.env["VPT_KEEP"] ?? mkdtempSync(join(tmpdir(), "vpt-vision-commands-"));
const at = (...parts: string[]): string => join(folder, ...parts);
const put = (path: string, bytes: Uint8Array | string): void => {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), bytes);
};
const fixture = (path: string): string => fileURLToPath(new URL(`../../../../data/src/${path}`, import.meta.url));
const torn = readFileSync(fixture("images/__fixtures__/truncated.jpg"));
const size = { width: 64, height: 48 };
const scene = (seed: number): Scene => renderScene(seed, size);
const millimetres = ({ depth }: Scene): Uint8Array =>
  encodeMapPng({ ...size, data: Uint16Array.from(depth.data, (metres) => Math.round(metres * 1000)) });
const name = (i: number): string => String(i).padStart(3, "0");

beforeAll(async () => {
  const config = dinov3Config({ hiddenSize: 32, layers: 2, heads: 2, patchSize: 8, registers: 1, imageSize: 32 });
  mkdirSync(at("model"), { recursive: true });
  await writeSafetensors(at("model", "model.safetensors"), initViT({ ...config, initializerRange: 0.1 }, 0));
  const json = {
    model_type: "dinov3_vit",
    hidden_size: 32,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    intermediate_size: config.intermediateSize,
    patch_size: 8,
    num_register_tokens: 1,
    image_size: 32,
  };
  put("model/config.json", JSON.stringify(json));
  for (const [split, from, count] of [
    ["train", 0, 12],
    ["val", 100, 6],
  ] as const)
    for (let i = 0; i < count; i++) {
      const made = scene(from + i);
      put(`pairs/images/${split}/${name(i)}.png`, encodePng(made.image));
      put(`pairs/labels/${split}/${name(i)}.png`, encodeMapPng(made.labels));
      put(`pairs/depth/${split}/${name(i)}.png`, millimetres(made));
      const [long, labels] = [
        split === "train" ? "training" : "validation",
        { ...made.labels, data: made.labels.data.map((l) => l + 1) },
      ];
      put(`ade/images/${long}/${name(i)}.png`, encodePng(made.image));
      put(`ade/annotations/${long}/${name(i)}.png`, encodeMapPng(labels as Scene["labels"]));
      put(`imagenet/${split}/n0${i % 2}/${name(i)}.JPEG`, encodePng(made.image)); // by content, whatever the name says
      put(`bts/rooms/rgb_${split}${i}.png`, encodePng(made.image));
      put(`bts/rooms/depth_${split}${i}.png`, millimetres(made));
      if (split === "val") put(`mini/jpg/q${i}.jpg`, encodePng(made.image));
      else put(`mini/jpg/d${i}.jpg`, encodePng(made.image));
    }
  const lines = (split: string, count: number) =>
    Array.from({ length: count }, (_, i) => `/rooms/rgb_${split}${i}.png rooms/depth_${split}${i}.png 518.8579\n`).join(
      "",
    );
  put("bts/nyu_train.txt", lines("train", 12));
  put("bts/nyu_test.txt", lines("val", 4));
  const gnd = Array.from({ length: 3 }, (_, i) => ({ bbx: [4.5, 2, 60, 500], easy: [i], hard: [i + 3], junk: [11] }));
  put(
    "mini/gnd_mini.json",
    JSON.stringify({ imlist: Array.from({ length: 12 }, (_, i) => `d${i}`), qimlist: ["q0", "q1", "q2"], gnd }),
  );
}, 300_000);
afterAll(() => process.env["VPT_KEEP"] ?? rmSync(folder, { recursive: true }));

type Out = Readonly<Record<string, unknown>> & {
  readonly n: number;
  readonly metrics: Readonly<Record<string, { readonly value: number }>>;
  readonly quarantined: readonly { readonly name: string }[];
};
async function run(command: CommandDef<any>, out: string, ...rawArgs: string[]): Promise<Out> {
  const print = vi.spyOn(console, "log").mockImplementation(() => {});
  try {
    await runCommand(command, {
      rawArgs: ["--model", at("model"), "--device", "js", "--out", at(out), ...rawArgs, "--json"],
    });
    return JSON.parse(String(print.mock.calls.at(-1)![0])) as Out;
  } finally {
    print.mockRestore();
  }
}
/** The items of an evaluation's record, in order. */
const itemsOf = <Response>(out: string) =>
  readFileSync(at(out, "record.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { readonly kind: string; readonly response: Response })
    .filter(({ kind }) => kind === "item");
const page = (out: string): string => readFileSync(at(out, "report.html"), "utf8");
const pairs = [
  "--images",
  at("pairs/images"),
  "--labels",
  at("pairs/labels"),
  "--classes",
  sceneClasses.join(","),
  "--size",
  "32",
  "--train-batch",
  "4",
];
const depths = [
  "--images",
  at("pairs/images"),
  "--depth",
  at("pairs/depth"),
  "--window",
  "32x48",
  "--train-batch",
  "4",
];

describe("segmentation", () => {
  it("trains the head, scores every image and shows it beside the truth", async () => {
    const { n, metrics, groups } = await run(visionCommands.segmentation, "seg", ...pairs, "--iterations", "6");
    expect(n).toBe(6);
    // the counts that were kept, summed over images: intersection over union of each class
    const responses = itemsOf<{ readonly [name: string]: readonly number[] }>("seg").map(({ response }) => response);
    const total = (name: string, c: number): number =>
      responses.reduce((sum, { classes, ...counts }) => sum + (counts[name]![classes!.indexOf(c)] ?? 0), 0);
    const labels = Array.from({ length: 6 }, (_, i) => [...scene(100 + i).labels.data]).flat();
    const iou = sceneClasses.map((name, c) => {
      const [both, predicted, truth] = ["intersection", "predictionArea", "labelArea"].map((area) => total(area, c));
      expect(truth, name).toBe(labels.filter((label) => label === c).length);
      return both! / (predicted! + truth! - both!);
    });
    expect(Object.entries(groups as Out["metrics"]).map(([name, { value }]) => [name, value])).toEqual(
      sceneClasses.map((name, c) => [name, expect.closeTo(iou[c]!, 12)]),
    );
    expect(metrics["mIoU"]!.value).toBeCloseTo(iou.reduce((sum, each) => sum + each, 0) / iou.length, 12);
    expect(readFileSync(at("seg/record.jsonl"), "utf8").trim().split("\n")).toHaveLength(7);
    const html = page("seg");
    expect(html.match(/<figcaption>(image|truth|prediction)<\/figcaption>/g)).toHaveLength(18);
    expect(html).not.toMatch(/(src|href)="?(http|\/)/); // whole without a network
    for (const [i, name] of sceneClasses.entries())
      expect(html).toContain(`<i class="swatch" style="background:rgb(${classColour(i).join()})"></i>${name}`);
  });

  it("goes on bit for bit: the head where it was stopped, and no image twice", async () => {
    await run(visionCommands.segmentation, "whole", ...pairs, "--iterations", "5", "--limit", "3");
    await run(visionCommands.segmentation, "cut", ...pairs, "--iterations", "5", "--limit", "1");
    const again = await run(visionCommands.segmentation, "cut", ...pairs, "--iterations", "5", "--limit", "3");
    const lines = (out: string) => readFileSync(at(out, "record.jsonl"), "utf8");
    expect(lines("cut")).toBe(lines("whole"));
    expect(again.n).toBe(3);
    await expect(
      run(visionCommands.segmentation, "cut", ...pairs, "--iterations", "5", "--ignore", "254"),
    ).rejects.toThrow(/settings/);
  });

  it("leaves bad images and labels out, says which, and gives up beyond the budget", async () => {
    for (const split of ["train", "val"]) {
      put(`bad/images/${split}/a.png`, encodePng(scene(1).image));
      put(`bad/labels/${split}/a.png`, encodeMapPng(scene(1).labels));
      put(`bad/images/${split}/b.jpg`, torn);
      put(`bad/labels/${split}/b.png`, encodeMapPng(scene(1).labels));
      put(`bad/images/${split}/c.png`, encodePng(scene(2).image));
      put(`bad/labels/${split}/c.png`, encodeMapPng({ ...size, data: new Uint8Array(64 * 48).fill(200) }));
    }
    const bad = ["--images", at("bad/images"), "--labels", at("bad/labels"), ...pairs.slice(4), "--iterations", "2"];
    const { quarantined } = await run(visionCommands.segmentation, "bad", ...bad, "--max-corrupt-fraction", "0.7");
    expect(quarantined.map((one) => one.name)).toEqual(["b", "c"]);
    expect(page("bad")).toMatch(/Left out[\s\S]*<b>b<\/b>: image: cannot be read[\s\S]*<b>c<\/b>: c: label 200/);
    await expect(run(visionCommands.segmentation, "bad2", ...bad, "--max-corrupt-fraction", "0.5")).rejects.toThrow(
      /at most 50 % of 3, received 2\. The first is b: image: cannot be read/,
    );
  });

  it(
    "takes CMYK, 16-bit and one-pixel images, and leaves out one that claims billions of pixels or " +
      "has other sizes than its labels",
    async () => {
      const odd = { cmyk: "cmyk.jpg", deep: "depth-16.png", huge: "huge.png", one: "one-pixel.png", wide: "scene.jpg" };
      const sizes = { cmyk: [61, 47], deep: [3, 2], huge: [8, 8], one: [1, 1], wide: [60, 47] } as const;
      for (const split of ["train", "val"])
        for (const [key, file] of Object.entries(odd)) {
          const [width, height] = sizes[key as keyof typeof odd];
          put(`odd/images/${split}/${key}.${file.split(".")[1]}`, readFileSync(fixture(`images/__fixtures__/${file}`)));
          put(`odd/labels/${split}/${key}.png`, encodeMapPng({ width, height, data: new Uint8Array(width * height) }));
        }
      const options = [
        "--images",
        at("odd/images"),
        "--labels",
        at("odd/labels"),
        ...pairs.slice(4),
        "--iterations",
        "2",
      ];
      const { quarantined } = await run(
        visionCommands.segmentation,
        "odd",
        ...options,
        "--max-corrupt-fraction",
        "0.5",
      );
      expect(quarantined.map(({ name }) => name)).toEqual(["huge", "wide"]);
      expect(page("odd")).toMatch(
        /<b>huge<\/b>: image: cannot be read[\s\S]*<b>wide<\/b>: the image is 61 × 47, its labels 60 × 47/,
      );
    },
  );

  it("reads ADE20K's layout, where 0 is void, and refuses the full release", async () => {
    const options = ["--data", at("ade"), "--size", "32", "--iterations", "2", "--train-batch", "2"];
    const { n, task } = await run(visionCommands.ade20k, "ade-out", ...options, "--preset", "vpt-quick");
    expect([n, task]).toEqual([6, "ade20k"]);
    mkdirSync(at("full/images/ADE"), { recursive: true });
    await expect(run(visionCommands.ade20k, "x", "--data", at("full"))).rejects.toThrow(/the full ADE20K release/);
    await expect(run(visionCommands.segmentation, "x", ...pairs, "--size", "36")).rejects.toThrow(
      /--size 36: expected a multiple of the patch, 8/,
    );
  });
});

describe("depth", () => {
  it("trains the bins, scores and shows", async () => {
    const { n, metrics } = await run(visionCommands.depth, "depth", ...depths, "--iterations", "6");
    expect(n).toBe(6);
    const responses = itemsOf<Readonly<Record<string, number>>>("depth").map(({ response }) => response);
    for (const name of ["rmse", "mae", "delta1"])
      expect(metrics[name]!.value).toBeCloseTo(responses.reduce((sum, each) => sum + each[name]!, 0) / 6, 12);
    for (const { rmse, mae, validPixels } of responses) {
      expect(validPixels).toBe(size.width * size.height);
      expect(rmse).toBeGreaterThanOrEqual(mae!);
    }
    const farthest = Math.max(...Array.from({ length: 6 }, (_, i) => Math.max(...scene(100 + i).depth.data)));
    expect(metrics["rmse"]!.value).toBeLessThan(farthest); // what answering 0 everywhere may cost at most
    expect(page("depth")).toContain("black was not measured");
  });

  it("reads NYUv2's .mat with its splits, and BTS's folder", async () => {
    for (const file of ["nyu.mat", "splits.mat"]) copyFileSync(fixture(`hdf5/__fixtures__/${file}`), at(file));
    put("splits.json", JSON.stringify({ trainNdxs: [1, 3], testNdxs: [2] }));
    const options = [
      "--data",
      at("nyu.mat"),
      "--iterations",
      "2",
      "--train-batch",
      "2",
      "--crop",
      "none",
      "--window",
      "16x24",
    ];
    const record = await run(visionCommands.nyuv2, "nyu", ...options, "--splits", at("splits.json"));
    expect([record.n, (record["settings"] as { depthField: string }).depthField]).toEqual([1, "rawDepths"]);
    await expect(run(visionCommands.nyuv2, "x", ...options, "--splits", at("splits.mat"))).rejects.toThrow(
      /testNdxs holds 300; expected 1 to 3/,
    );
    await expect(run(visionCommands.nyuv2, "x", ...options)).rejects.toThrow(/--splits: expected splits\.mat/);
    // some of its depths are NaN: not measured, and left out of the mean
    const items = itemsOf<Readonly<Record<string, number>>>("nyu");
    expect(items.map(({ response }) => [response["rmse"], response["validPixels"]])).toEqual([
      [record.metrics["rmse"]!.value, 40],
    ]);
    const hostile = fixture("hdf5/__fixtures__/hostile.h5");
    await expect(run(visionCommands.nyuv2, "x", "--data", hostile, "--splits", at("splits.json"))).rejects.toThrow(
      /^[^\n]*"images" lies in another file[^\n]*$/,
    );
    put("lost/nyu_train.txt", "/../../etc/passwd rooms/depth.png 518.8579\n");
    await expect(run(visionCommands.nyuv2, "x", "--data", at("lost"))).rejects.toThrow(
      /nyu_train\.txt: [^\n]* leads out of the folder/,
    );
    const bts = await run(
      visionCommands.nyuv2,
      "bts-out",
      "--data",
      at("bts"),
      "--iterations",
      "2",
      "--train-batch",
      "2",
      "--window",
      "16x24",
    );
    expect(bts.n).toBe(4);
  });
});

describe("imagenet and retrieval", () => {
  const options = ["--data", at("imagenet"), "--short-side", "32", "--size", "24"];
  it("kNN and linear-BN heads over a folder a class", async () => {
    const knn = await run(visionCommands.imagenet, "knn", ...options, "--k", "3");
    expect([knn.n, Object.keys(knn.metrics)]).toEqual([6, ["top1", "top5"]]);
    const linear = await run(
      visionCommands.imagenet,
      "linear",
      ...options,
      "--probe",
      "linear",
      "--epochs",
      "3",
      "--train-batch",
      "4",
    );
    const chosen = linear["chosen"] as Readonly<Record<"learningRate" | "top1" | "top1BestLr", number>>;
    const byRate = Object.entries(linear.metrics).flatMap(([name, { value }]) =>
      name.startsWith("top1_lr") ? [[Number(name.slice("top1_lr".length)), value] as const] : [],
    );
    expect(byRate).toHaveLength(13);
    expect(chosen.top1).toBe(new Map(byRate).get(chosen.learningRate));
    expect(linear.metrics["top1"]!.value).toBe(chosen.top1);
    expect(chosen.top1BestLr).toBe(Math.max(...byRate.map(([, value]) => value)));
    expect(existsSync(at("linear/features-linear.f32"))).toBe(true);
    await expect(run(visionCommands.imagenet, "x", ...options, "--splits", "train,none")).rejects.toThrow(
      /none: no such folder/,
    );
  });

  it("revisited protocols with the ground truth as JSON; a query's box is cut to its image", async () => {
    const { n, metrics } = await run(visionCommands.retrieval, "retrieval", "--data", at("mini"), "--long-side", "32");
    expect([n, Object.keys(metrics).includes("hard_mP@10")]).toEqual([3, true]);
    expect(page("retrieval")).toMatch(/1: (easy|hard|junk|wrong)/);
    put("evil/gnd_evil.json", JSON.stringify({ imlist: ["../../etc/passwd"], qimlist: [], gnd: [] }));
    await expect(run(visionCommands.retrieval, "x", "--data", at("evil"))).rejects.toThrow(
      /is no name of an image in jpg/,
    );
  });
});
