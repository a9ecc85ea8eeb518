import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { languageScales } from "./language-scale.js";
import { languageStudies, settingsOf, studyCommands, variantsOf } from "./language-studies.js";
import { languageStudyOf } from "./language-study.js";
import { costOf } from "./plan-language.js";
import { commandLine, type EvalCommand, type TrainCommand } from "./study-command.js";
import { matchedSteps } from "./train-run.js";

const line = (command: Parameters<typeof commandLine>[0]): string => commandLine(command).join(" ");
const against = { gsm8k: "t.jsonl", math: "h.jsonl" };
const files = { test: "t.jsonl", mmlu: "m.jsonl", stream: "s.jsonl", against };
const about = { model: "tiny", rate: 1e-3, variant: "" };
type Name = keyof typeof languageStudies;
const of = (name: Name, scale: "tiny" | "small" | "paper") => studyCommands(languageStudies[name], scale, "out", files);
const trains = (name: Name, scale: "tiny" | "small" | "paper"): TrainCommand[] =>
  of(name, scale).filter((command): command is TrainCommand => command.part === "train");

describe("the command line of a step", () => {
  it("trains with every setting of its own, and resumes", () => {
    expect(line({ part: "train", config: "c.ts", out: "o", set: ["steps=2", "seed=1"], about })).toBe(
      "train c.ts --out o --resume --json --set steps=2 --set seed=1",
    );
  });

  it("decontaminates, and exports the newest checkpoint where no step is named", () => {
    expect(line({ part: "decontaminate", stream: "s", against: { a: "t", b: "u" }, out: "o" })).toBe(
      "decontaminate s --against a=t,b=u --out o --json",
    );
    expect(line({ part: "export", run: "r", method: "value", out: "o" })).toBe(
      "export --run r --method value --out o --json",
    );
  });

  it("asks a benchmark with the options that it has, and no others", () => {
    const asked: EvalCommand = { part: "omega", model: "m", data: "d", out: "o", split: "test_in", limit: 3 };
    expect(line(asked)).toBe("eval omega --model m --data d --split test_in --limit 3 --out o --json");
    expect(line({ part: "gsm8k", model: "m", data: "d", out: "o", newTokens: 64 })).toBe(
      "eval gsm8k --model m --data d --max-new-tokens 64 --out o --json",
    );
  });
});

describe("the commands of a study", () => {
  it("names model and rate of each run, and gives each a folder of its own", () => {
    const runs = trains("main-language", "paper");
    expect(new Set(runs.map(({ out }) => out)).size).toBe(runs.length);
    expect(runs[0]).toMatchObject({
      config: "examples/language/paper.config.ts",
      out: join("out", "Qwen--Qwen1.5-0.5B-0.000005"),
      set: ["model=Qwen/Qwen1.5-0.5B", "learner.learningRate=0.000005"],
    });
    expect(runs[1]).toMatchObject({ matchTo: runs[0]!.out, about: { variant: "equal seconds" } });
  });

  it("exports a method from the run that trained it, before it is asked", () => {
    for (const name of Object.keys(languageStudies) as Name[]) {
      const made = new Set<string>();
      for (const command of of(name, "small")) {
        if (command.part === "train" || command.part === "export") {
          if (command.part === "export") expect(made).toContain(command.run);
          made.add(command.out);
        } else if (command.part !== "decontaminate") expect(made).toContain(command.model);
      }
    }
  });

  it("writes every result to a file of its own", () => {
    for (const name of Object.keys(languageStudies) as Name[]) {
      const outs = of(name, "paper").map(({ out }) => out);
      expect(new Set(outs).size).toBe(outs.length);
    }
  });

  it("keeps ten checkpoints where it asks ten times on the way", () => {
    const [baseline, value, burnIn] = trains("tokens", "paper");
    expect(baseline!.set).toEqual(expect.arrayContaining(["saveEvery=200", "keepCheckpoints=10"]));
    expect(value!.set).toContain("value.burnInSteps=0");
    expect(burnIn!.set).toContain("value.burnInSteps=200");
  });

  it("trains on what was kept where the stream was filtered", () => {
    const [filter, run] = of("decontam", "small");
    expect(filter).toEqual({
      part: "decontaminate",
      stream: "s.jsonl",
      against,
      out: join("out", "kept.jsonl"),
    });
    const set = (run as TrainCommand).set.find((each) => each.startsWith("data.unlabeled="))!;
    expect(JSON.parse(set.slice("data.unlabeled=".length))).toMatchObject({ file: join("out", "kept.jsonl") });
  });

  it("takes one rate where the study has one, and its own model and settings", () => {
    expect(trains("qwen25", "paper")[0]!.set).toEqual(["model=Qwen/Qwen2.5-0.5B", "learner.learningRate=0.000015"]);
    expect(settingsOf(languageStudies.qwen25, "paper").steps).toBe(12_000);
    expect(settingsOf(languageStudies.qwen25, "small")).toEqual(languageScales.small);
    expect(variantsOf(languageStudies.passk, "tiny")).toHaveLength(1);
  });
});

describe("what a study costs", () => {
  const [model] = languageScales.small.models;
  const scale = languageScales.small;

  it("counts forward passes of all parameters, backward passes of what trains, and answers", () => {
    const { tokens, flops, hours, bytes } = costOf(model!, scale);
    expect(tokens).toBe(40 * 768);
    const [all, trained] = [134_515_008, 7_080_768];
    const training = tokens * (2 * all + 4 * trained) * (1 + 1.189);
    const answers = 2 * 64 * (96 + 128) * 2 * all;
    expect(flops).toBeCloseTo(training + answers, -3);
    expect(hours).toBeCloseTo(flops / 6e10 / 3600, 12);
    expect(bytes).toBe(4 * (all + 3 * trained + 4 * scale.designerParameters));
  });

  it("pays for every asking, and for a baseline that runs as long as the value", () => {
    const variant = { name: "", set: [], methods: ["baseline"] as const };
    const one = costOf(model!, scale, [variant]).flops;
    const asking = 64 * (96 + 128) * 2 * model!.parameters;
    expect(costOf(model!, scale, [{ ...variant, steps: [1, 2, 3] }]).flops).toBeCloseTo(one + 2 * asking, -3);
    expect(costOf(model!, scale, [{ ...variant, isTimed: true }]).flops - asking).toBeCloseTo(
      1.189 * (one - asking),
      -3,
    );
  });

  it("quotes for a shell what a shell would read otherwise", () => {
    const plan = languageStudyOf("main-language").plan!({ scale: "small", folder: "out" }) as string;
    expect(plan).toContain(`--set 'methods=["baseline"]'`);
    expect(plan).toContain("--set 'steps=<steps of the baseline × seconds of the value / seconds of the baseline>'");
    expect(plan).toContain("wall-clock: baseline, for as long as the value took");
  });
});

it("gives a timed baseline the steps that the value's time pays for, one at least", () => {
  const folder = mkdtempSync(join(tmpdir(), "vpt-matched-"));
  const after = (baseline: number, value: number): number => {
    const methods = [
      { method: "baseline", seconds: baseline },
      { method: "value", seconds: value },
    ];
    writeFileSync(join(folder, "summary.json"), JSON.stringify({ steps: 40, methods }));
    return matchedSteps(folder);
  };
  expect([after(10, 12), after(10, 10), after(10, 12.6), after(1000, 1)]).toEqual([48, 40, 50, 1]);
});

it("refuses a study whose data are not there, and says where they are looked for", async () => {
  const folder = mkdtempSync(join(tmpdir(), "vpt-no-data-"));
  const before = process.env["VPT_DATA"];
  process.env["VPT_DATA"] = join(folder, "data");
  try {
    const progress = { setStatus: () => {}, log: () => {} };
    const run = languageStudyOf("decontam", async () => undefined).run({ scale: "small", folder, progress });
    await expect(run).rejects.toThrow(/repro decontam: .*gsm8k\/test\.jsonl: no such file; set VPT_DATA to the folder/);
  } finally {
    if (before === undefined) delete process.env["VPT_DATA"];
    else process.env["VPT_DATA"] = before;
  }
});
