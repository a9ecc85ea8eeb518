import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { matchedSteps, readMatch, type MatchOptions } from "./matched-steps.js";

let folder: string;
beforeEach(() => (folder = join(mkdtempSync(join(tmpdir(), "vpt-match-")), "value")));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const baseline = { burnInSteps: 0, burnInStep: 0.5, firstUpdate: 0, step: 0.5 };
const value = { burnInSteps: 10, burnInStep: 0.5, firstUpdate: 1, step: 0.75 };

function match(more: Partial<MatchOptions> = {}) {
  const measured: string[] = [];
  const steps = matchedSteps({
    method: "value",
    folder,
    config: { steps: 100 },
    resume: false,
    isPrimary: true,
    untilAllAreHere: async () => undefined,
    measure: async (withBaseline) => {
      measured.push(withBaseline ? "beside the baseline" : "alone");
      return { costs: value, ...(withBaseline && { baselineCosts: baseline }) };
    },
    ...more,
  });
  return { steps, measured };
}

describe("matchedSteps", () => {
  it("takes the baseline's seconds: 50 s = 10 · 0.5 + 1 + 58 · 0.75, and half a second is left", async () => {
    const { steps, measured } = match();
    expect(await steps).toBe(68);
    expect(measured).toEqual(["beside the baseline"]);
    expect(readMatch(folder)).toEqual({
      steps: 68,
      seconds: 50,
      baselineSteps: 100,
      costs: value,
      baselineCosts: baseline,
    });
    expect(readdirSync(folder)).toEqual(["match.json"]);
  });

  it("takes the seconds given, and does not measure the baseline", async () => {
    const { steps, measured } = match({ config: { steps: 100, matchSeconds: 9 } });
    expect(await steps).toBe(14); // 9 = 5 + 1 + 4 · 0.75
    expect(measured).toEqual(["alone"]);
    expect(readMatch(folder)).toEqual({ steps: 14, seconds: 9, costs: value });
  });

  it("keeps its number when the run resumes, and measures anew in a new run", async () => {
    await match().steps;
    const resumed = match({ resume: true });
    expect(await resumed.steps).toBe(68);
    expect(resumed.measured).toEqual([]);
    const again = match({ measure: async () => ({ costs: baseline, baselineCosts: baseline }) });
    expect(await again.steps).toBe(100);
  });

  it("resumes with more steps in the same proportion", async () => {
    await match().steps;
    const { steps, measured } = match({ resume: true, config: { steps: 400 } });
    expect(await steps).toBe(268); // 200 s = 5 + 1 + 258 · 0.75 + 0.5
    expect(measured).toEqual([]);
  });

  it("gives every process the first one's number", async () => {
    let here = 0;
    let open: (() => void)[] = [];
    const untilAllAreHere = async (): Promise<void> => {
      here++;
      if (here % 2 === 1) return new Promise<void>((resolve) => open.push(resolve));
      for (const each of open) each();
      open = [];
    };
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "match.json"), "{}"); // of an earlier run: no process may take it
    const slow = { ...value, step: 1.5 };
    const other = match({
      isPrimary: false,
      untilAllAreHere,
      measure: async () => ({ costs: slow, baselineCosts: baseline }),
    });
    const first = match({ untilAllAreHere });
    expect(await Promise.all([first.steps, other.steps])).toEqual([68, 68]);
  });

  it("says that the time is too short, with what to raise", async () => {
    const few = match({ config: { steps: 100, matchSeconds: 0.25 } }).steps;
    await expect(few).rejects.toThrow(
      'method "value", match "seconds": expected time for at least one step, received 0.250 s, ' +
        'and a step takes 0.750 s; raise "matchSeconds"',
    );
    expect(existsSync(join(folder, "match.json"))).toBe(false);
  });
});
