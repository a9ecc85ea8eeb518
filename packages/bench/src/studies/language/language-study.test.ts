import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Outcome } from "./language-rows.js";
import { languageStudyOf } from "./language-study.js";
import { commandLine, type StudyCommand } from "./study-command.js";

const progress = { setStatus: () => {}, log: () => {} };
const outcomeOf = (command: StudyCommand): Outcome => {
  const methods = ["baseline", "value"].map((method, i) => ({ method, seconds: 2 + i, nll: 3 - i / 10 }));
  if (command.part === "train")
    return { steps: 40, before: 3.5, methods: command.matchTo ? methods.slice(0, 1) : methods };
  if (command.part === "gsm8k") return { scores: { "GSM8K, flexible": { value: 0.25, ci95: [0.1, 0.5], n: 24 } } };
  return undefined;
};

it("performs each command once, and makes the same table again from its rows", async () => {
  const folder = mkdtempSync(join(tmpdir(), "vpt-language-study-"));
  const performed: string[] = [];
  const study = languageStudyOf("main-language", async (command) => (performed.push(command.part), outcomeOf(command)));
  const { json, text } = await study.run({ scale: "tiny", folder, progress });
  expect(performed.filter((part) => part === "train")).toHaveLength(4); // two rates, each with its timed baseline
  expect(text).toContain("| learning rate | compared at | method | held-out NLL | s | GSM8K, flexible, of 24 |");
  expect(text).toContain("| 5e-4 | | before | 3.5000 | | |");
  expect(text).toContain("| 5e-4 | equal steps | value | 2.9000 | 3 | 25.0 % [10.0, 50.0] |");
  expect(text).toContain("| 1e-3 | equal seconds | baseline | 3.0000 | 2 | 25.0 % [10.0, 50.0] |");
  const count = performed.length;
  await study.run({ scale: "tiny", folder, progress });
  expect(performed).toHaveLength(count);
  expect((await study.fromRows!(json)).text).toBe(text);
  expect(() => study.fromRows!({ study: "other" })).toThrow(/holds no rows of this study/);
});

it("gives the command line that does the same", () => {
  expect(
    commandLine({ part: "passk", model: "m", data: "d", limit: 4, samples: 4, ks: [1, 2], out: "o.jsonl" }).join(" "),
  ).toBe("eval pass-at-k --task gsm8k --model m --data d --limit 4 --samples 4 --ks 1,2 --out o.jsonl --json");
  expect(commandLine({ part: "export", run: "r", method: "value", step: 8, out: "o" }).join(" ")).toBe(
    "export --run r --method value --step 8 --out o --json",
  );
});
