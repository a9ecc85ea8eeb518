import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decontaminate } from "@vpt/eval/decontaminate";
import { decoderShapes, parseDecoderConfig, lastBlockParameters, tinyLanguageModel } from "@vpt/lang";
import { afterAll, describe, expect, it } from "vitest";
import { languageScales } from "./language-scale.js";
import { languageStudies, studyCommands } from "./language-studies.js";
import { languageStudyOf } from "./language-study.js";
import { costOf } from "./plan-language.js";
import { writeTinyFiles } from "./tiny-files.js";

const folder = mkdtempSync(join(tmpdir(), "vpt-language-"));
afterAll(() => rmSync(folder, { recursive: true }));
const names = Object.keys(languageStudies);

describe("language studies", () => {
  it.each(names)("%s plans every scale without running it", (name) => {
    for (const scale of languageStudyOf(name).scales) {
      const plan = languageStudyOf(name).plan!({ scale, folder });
      expect(plan).toMatch(/\| [\d.]+ [kMG]? *\|/);
      expect(plan).toContain("    vpt train examples/language/");
      expect(plan).toContain("Hours assume");
    }
  });

  it("sweeps models and rates in the main study, and filters first in decontam", () => {
    const files = { test: "t", mmlu: "m", stream: "s" };
    const of = (name: keyof typeof languageStudies) =>
      studyCommands(languageStudies[name], "paper", folder, files).map(({ part }) => part);
    expect(of("main-language").filter((part) => part === "train")).toHaveLength(30); // each with its timed baseline
    expect(of("feedback-size").filter((part) => part === "train")).toHaveLength(4);
    expect(of("tokens").filter((part) => part === "gsm8k")).toHaveLength(30);
    expect(of("decontam")).toEqual(["decontaminate", "train", "export", "gsm8k", "export", "gsm8k"]);
    expect(of("passk").filter((part) => part === "passk")).toHaveLength(2);
  });

  it("asks MMLU and both splits of OMEGA in the transfer study, OMEGA where it is at hand", () => {
    const files = { test: "t", mmlu: "m", stream: "s" };
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
    const files = { test: join(folder, "t.jsonl"), mmlu: join(folder, "m.jsonl"), stream: join(folder, "s.jsonl") };
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
