import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decontaminate } from "@vpt/eval/decontaminate";
import { decoderShapes, parseDecoderConfig, lastBlockParameters, tinyLanguageModel } from "@vpt/lang";
import { afterAll, describe, expect, it } from "vitest";
import { short } from "@vpt/train";
import { languageScales, type ScaleName } from "./language-scale.js";
import { languageStudies, settingsOf, studyCommands, variantsOf, type LanguageStudySpec } from "./language-studies.js";
import { languageStudyOf } from "./language-study.js";
import { costOf } from "./plan-language.js";
import { writeTinyFiles } from "./tiny-files.js";

const folder = mkdtempSync(join(tmpdir(), "vpt-language-"));
afterAll(() => rmSync(folder, { recursive: true }));
const names = Object.keys(languageStudies);

describe("language studies", () => {
  it.each(names)("%s plans the runs, hours and memory of every scale", (name) => {
    for (const scale of languageStudyOf(name).scales as readonly ScaleName[]) {
      const plan = languageStudyOf(name).plan!({ scale, folder }) as string;
      const spec = languageStudies[name as keyof typeof languageStudies] as LanguageStudySpec;
      const settings = settingsOf(spec, scale);
      const models = spec.models?.(scale) ?? settings.models;
      const rates = spec.rate ? 1 : settings.rates.length;
      const lines = plan.split("\n").filter((line) => line.startsWith("    vpt train "));
      expect(lines).toHaveLength(models.length * rates * variantsOf(spec, scale).length);
      expect(lines.every((line) => line.startsWith(`    vpt train ${settings.config} --out ${folder}`))).toBe(true);
      const costs = models.map((model) => costOf(model, settings, variantsOf(spec, scale)));
      const table = plan.split("\n").filter((line) => models.some((model) => line.startsWith(`| ${model.name} |`)));
      const cells = table.map((line) => line.split("|").map((cell) => cell.trim()));
      expect(cells.map((row) => [row[4], row[6], Number(row[7])])).toEqual(
        costs.map(({ tokens, bytes, hours }) => [short(tokens), short(bytes, "B"), Number(hours.toPrecision(2))]),
      );
      const hours = costs.reduce((sum, cost) => sum + cost.hours, 0) * rates;
      expect(plan).toContain(`All: ${hours.toPrecision(2)} h.`);
    }
  });

  it("plans the paper's own sizes: five rates, three models, 65.5 M tokens a method", () => {
    const plan = languageStudyOf("main-language").plan!({ scale: "paper", folder: "out" }) as string;
    expect(plan).toContain("| Qwen/Qwen1.5-0.5B | 464 M | 25.7 M | 65.5 M | 231 PFLOP | 2.87 GB | 0.53 |");
    const rates = plan.matchAll(/--set learner\.learningRate=(\S+)/g);
    expect([...new Set([...rates].map(([, rate]) => Number(rate)))]).toEqual([5e-6, 6.25e-6, 7.5e-6, 8.75e-6, 1e-5]);
    expect(plan.match(/--limit 1319 /g)).toHaveLength(3 * 5 * 3); // GSM8K of a baseline, a value, a timed baseline
  });

  it("filters the stream against every evaluation and feedback source but itself", () => {
    const data = process.env["VPT_DATA"] ?? "../shared/data";
    const gsm8k = `gsm8k-test=${data}/gsm8k/test.jsonl,gsm8k-train=${data}/gsm8k/train.jsonl`;
    const [math, svamp] = [`math-test=${data}/math/test.jsonl`, `svamp-test=${data}/svamp/test.jsonl`];
    const filterOf = (scale: string): string | undefined =>
      (languageStudyOf("decontam").plan!({ scale, folder: "out" }) as string)
        .split("\n")
        .find((line) => line.startsWith("    vpt decontaminate "))
        ?.trim();
    const paper = `vpt decontaminate ${data}/numina/train.jsonl --against ${gsm8k},${math},${svamp}`;
    expect(filterOf("paper")).toBe(`${paper} --out out/kept.jsonl --json`);
    const small = `vpt decontaminate ${data}/math/test.jsonl --against ${gsm8k},${svamp}`;
    expect(filterOf("small")).toBe(`${small} --out out/kept.jsonl --json`);
    expect(filterOf("tiny")).toContain("--against test=out/test.jsonl ");
  });

  it("asks MMLU's 57 subjects above tiny scale, from a folder", () => {
    const data = process.env["VPT_DATA"] ?? "../shared/data";
    const asked = (scale: ScaleName) =>
      studyCommands(languageStudies["transfer-language"], scale, "out", {
        test: "t",
        stream: "s",
        against: {},
        mmlu: "m",
      }).flatMap((command) => (command.part === "mmlu" ? [command.subjects] : []));
    expect([asked("tiny"), asked("small")]).toEqual([
      [2, 2],
      [57, 57],
    ]);
    expect(asked("paper")).toEqual(Array(6).fill(57)); // three models, two methods
    const plan = languageStudyOf("transfer-language").plan!({ scale: "paper", folder: "out" }) as string;
    expect(plan.match(/eval mmlu --model \S+ --data (\S+)/g)).toHaveLength(6);
    for (const [, path] of plan.matchAll(/eval mmlu --model \S+ --data (\S+)/g)) expect(path).toBe(`${data}/mmlu`);
  });

  it("sweeps models and rates in the main study, and filters first in decontam", () => {
    const files = { test: "t", mmlu: "m", stream: "s", against: { test: "t" } };
    const of = (name: keyof typeof languageStudies) =>
      studyCommands(languageStudies[name], "paper", folder, files).map(({ part }) => part);
    expect(of("main-language").filter((part) => part === "train")).toHaveLength(30); // each with its timed baseline
    expect(of("feedback-size").filter((part) => part === "train")).toHaveLength(4);
    expect(of("tokens").filter((part) => part === "gsm8k")).toHaveLength(30);
    expect(of("decontam")).toEqual(["decontaminate", "train", "export", "gsm8k", "export", "gsm8k"]);
    expect(of("passk").filter((part) => part === "passk")).toHaveLength(2);
  });

  it("asks MMLU and both splits of OMEGA in the transfer study, OMEGA where it is at hand", () => {
    const files = { test: "t", mmlu: "m", stream: "s", against: { test: "t" } };
    const of = (given: Parameters<typeof studyCommands>[3]) =>
      studyCommands(languageStudies["transfer-language"], "tiny", folder, given).map(
        (command) => `${command.part} ${"split" in command ? command.split : ""}`,
      );
    expect(of(files).filter((part) => part.startsWith("omega"))).toEqual([]);
    expect(of({ ...files, omega: "o" }).filter((part) => part.startsWith("omega"))).toEqual([
      "omega test_in",
      "omega test_out",
      "omega test_in",
      "omega test_out",
    ]);
  });

  it("counts the parameters that a model has", () => {
    const sizes = (config: ReturnType<typeof parseDecoderConfig>) => {
      const count = (wanted: readonly string[]): number =>
        wanted.reduce((sum, name) => sum + decoderShapes(config)[name]!.reduce((size, axis) => size * axis, 1), 0);
      return { parameters: count(Object.keys(decoderShapes(config))), trained: count(lastBlockParameters(config, 2)) };
    };
    const qwen = {
      model_type: "qwen2",
      vocab_size: 151_936,
      num_attention_heads: 16,
      hidden_size: 1024,
      intermediate_size: 2816,
      num_hidden_layers: 24,
      tie_word_embeddings: true,
    };
    expect(languageScales.paper.models[0]).toMatchObject(sizes(parseDecoderConfig(qwen)));
    expect(languageScales.tiny.models[0]).toMatchObject(sizes(tinyLanguageModel(0).config));
    const { tokens, flops } = costOf(languageScales.paper.models[0]!, languageScales.paper);
    expect(tokens).toBe(65_536_000);
    expect(flops).toBeGreaterThan(tokens * 2 * 2 * 463_987_712); // two methods, a forward pass each
  });

  it("leaks eight test problems into the tiny stream, which the filter finds", async () => {
    const path = join(folder, "t.jsonl");
    const files = {
      test: path,
      mmlu: join(folder, "m.jsonl"),
      stream: join(folder, "s.jsonl"),
      against: { test: path },
    };
    await writeTinyFiles(files);
    const rows = (path: string) =>
      readFileSync(path, "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as { question: string; answer: string });
    const test = rows(files.test);
    expect(test.every(({ answer }) => /\n#### -?\d+$/.test(answer))).toBe(true);
    const report = decontaminate(
      rows(files.stream).map(({ question }) => ({ text: question })),
      { test: test.map(({ question }) => question) },
    );
    expect(report.removed.map(({ document }) => document)).toEqual(expect.arrayContaining([0, 1, 2, 3, 4, 5, 6, 7]));
  });
});
