import { expect, it } from "vitest";
import type { Study } from "./study.js";
import { studyByScale } from "./study-by-scale.js";

const study = (scale: string, more: Partial<Study> = {}): Study => ({
  scales: [scale],
  run: async () => ({ json: { scale }, text: scale, failures: [] }),
  plan: () => `plan of ${scale}`,
  ...more,
});

it("asks the study that has the scale", async () => {
  const fromRows: Study["fromRows"] = (json) => ({ json, text: "again", failures: [] });
  const joined = studyByScale(study("tiny", { fromRows }), study("paper"));
  expect(joined.scales).toEqual(["tiny", "paper"]);
  const progress = { setStatus: () => {}, log: () => {} };
  expect((await joined.run({ scale: "paper", progress })).text).toBe("paper");
  expect(await joined.plan!({ scale: "tiny" })).toBe("plan of tiny");
  expect(await joined.fromRows!({ scale: "tiny" })).toMatchObject({ text: "again" });
  expect(() => joined.fromRows!({ scale: "paper" })).toThrow(/scale paper has no rows/);
  expect(() => joined.plan!({ scale: "huge" })).toThrow(/expected one of tiny, paper, received "huge"/);
});
