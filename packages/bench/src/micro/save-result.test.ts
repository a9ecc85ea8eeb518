import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { saveResult } from "./save-result.js";

it("keeps the results of a day and a machine in one file, the newest of each command", async () => {
  const folder = join(mkdtempSync(join(tmpdir(), "vpt-bench-")), "benchmarks");
  const date = new Date("2026-11-25T12:00:00Z");
  await saveResult(folder, "vpt bench step", { ratios: { eager: 1 } }, date);
  await saveResult(folder, "vpt bench matmul", { ratios: { f32: 2 } }, date);
  const path = await saveResult(folder, "vpt bench step", { ratios: { eager: 3 } }, date);
  expect(readdirSync(folder)).toEqual([path.slice(folder.length + 1)]);
  expect(path).toMatch(/2026-11-25-[a-z0-9-]+-\d+-cores\.json$/);
  expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({
    date: "2026-11-25",
    results: { "vpt bench step": { ratios: { eager: 3 } }, "vpt bench matmul": { ratios: { f32: 2 } } },
  });
});
