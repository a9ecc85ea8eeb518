import { describe, expect, it } from "vitest";
import { loadStudy } from "./load-study.js";
import { studies } from "./registry.js";

const names = Object.keys(studies);
const progress = { setStatus: () => {}, log: () => {} };

describe.each(names)("%s", (name) => {
  it("has a tiny scale, and says of every scale what it would run", async () => {
    const study = await loadStudy(name);
    expect(study.scales).toContain("tiny");
    expect(new Set(study.scales).size).toBe(study.scales.length);
    for (const scale of study.scales) expect((await study.plan!({ scale })).length).toBeGreaterThan(100);
  });

  it("makes its tables again from rows, and refuses those of another study", async () => {
    const study = await loadStudy(name);
    const refused = async () => study.fromRows!({ study: "other", scale: "tiny", rows: [] });
    await expect(refused()).rejects.toThrow(/holds no rows of this study/);
  });
});

it("runs no scale that is only planned, and names the way to see the plan", async () => {
  for (const name of ["main-vision", "pareto", "transfer-vision"]) {
    const { run } = await loadStudy(name);
    await expect(run({ scale: "paper", progress })).rejects.toThrow(
      `repro ${name}: --scale paper is planned here and run as its commands; add --plan to see them`,
    );
  }
});
