import { createInterface } from "node:readline";
import { useBackend } from "@vpt/backend";
import { openBenchStream } from "./open-bench-stream.js";
import { openOverheadRunner, type OverheadMode, type OverheadSetup } from "./overhead-runner.js";
import type { OverheadData } from "./start-overhead-process.js";

// One of the processes of vpt bench overhead. Its argument is what it trains, as JSON. It answers each line
// {"mode": …, "steps": …} on stdin with one line of JSON on stdout: the window, or { error }.
const tokenizers = { "smollm2-135m": "smollm2", tiny: "tiny" } as const;
const { setup, data, model } = JSON.parse(process.argv[2]!) as { readonly setup: OverheadSetup } & OverheadData;
const log = (line: string): void => console.error(line);
await useBackend({ log });
const asked = createInterface({ input: process.stdin });
const { shape, tokens } = setup;
let opened: Awaited<ReturnType<typeof openBenchStream>> | undefined;
const runner = openOverheadRunner(setup, { open: () => opened!() });
for await (const line of asked) {
  const { mode, steps } = JSON.parse(line) as { readonly mode: OverheadMode; readonly steps: number };
  try {
    if (mode === "end-to-end")
      opened ??= await openBenchStream({ data, model: model ?? tokenizers[shape], tokens, log });
    console.log(JSON.stringify(await runner.run(mode, steps)));
  } catch (error) {
    console.log(JSON.stringify({ error: (error as Error).message }));
  }
}
