import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { fixtureSummary } from "../__fixtures__/fixture-run.js";
import { picturesSection } from "./pictures.js";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "vpt-pictures-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const section = () =>
  picturesSection({ folder, summary: fixtureSummary({ kind: "vision" }), config: undefined, logs: {} });
const put = (path: string, content: string): void => {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  writeFileSync(join(folder, path), content);
};

it("is left out without pictures, even where the folders of the methods are gone", () => {
  put("value/metrics.jsonl", "");
  expect(section()).toBeUndefined();
});

it("holds the run's pictures, then each method's by name, with captions in words for known ones", () => {
  put("value/predictions.png", "p");
  put("value/masks.png", "m");
  put("tilt/own <i>.png", "o");
  put("overview.png", "r");
  put("value/notes.txt", "no picture");
  const { html } = section()!;
  const described = [...html.matchAll(/<img alt="(.*?)" src="data:image\/png;base64,(.*?)">/g)];
  expect(described.map(([, alt, data]) => [alt!.slice(0, 22), Buffer.from(data!, "base64").toString()])).toEqual([
    ["all methods: overview.", "r"],
    ["tilt: own &lt;i&gt;.pn", "o"],
    ["value: Global crops, l", "m"],
    ["value: Test images, tr", "p"],
  ]);
});
