import { mkdtemp, rm } from "node:fs/promises";
import { Session } from "node:inspector/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { loadConfigFile, parseConfig } from "./config/load-config.js";
import { languageWorkload } from "./language/index.js";
import { runExperiment } from "./run-experiment.js";

/** Source files, as `core/src/step/commit.ts`, whose functions ran since coverage was last taken (V8 counts calls). */
const takeExecutedFiles = async (session: Session): Promise<string[]> => {
  const { result } = await session.post("Profiler.takePreciseCoverage");
  const executed = result.filter(({ url, functions }) => {
    const called = functions.some(({ functionName, ranges }) => functionName !== "" && ranges[0]!.count > 0);
    return called && /\/packages\/\w+\/src\//.test(url) && !url.endsWith(".test.ts");
  });
  return executed.map(({ url }) => url.replace(/.*\/packages\//, ""));
};

it("takes a batch from the runner to the weights in at most 30 files", { timeout: 120_000 }, async () => {
  const set = ['methods=["value"]', "steps=4", "pretrainSteps=0", "value.updateEvery=1", "value.burnInSteps=0"];
  const file = await loadConfigFile("examples/tiny.config.ts", [...set, "backend.compile=false"]);
  const out = await mkdtemp(join(tmpdir(), "vpt-files-"));
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
  let files: string[] = [];
  try {
    await runExperiment(languageWorkload, parseConfig(languageWorkload.schema, file, "tiny"), {
      out,
      callbacks: [{ onStep: async () => void (files = await takeExecutedFiles(session)) }],
    });
  } finally {
    session.disconnect();
    await rm(out, { recursive: true, force: true });
  }
  // Learner, designer and feedback, the layers below them, and what only watches the run, are apart from the runner
  const runner = files.filter((name) => /^(train|core|contracts)\//.test(name));
  const watching = /callbacks\/|progress|run-callback|metrics-log|\/language\//;
  const passed = runner.filter((name) => !watching.test(name)).sort();
  expect(passed).toContain("core/src/step/train-step.ts");
  expect(passed).toContain("core/src/optim/adam-w.ts");
  expect(passed.length, passed.join("\n")).toBeLessThanOrEqual(30);
});
