import { expect, it } from "vitest";
import { startOverheadProcess } from "./start-overhead-process.js";

const setup = { method: "tilt", shape: "tiny", batch: 1, tokens: 8, candidates: 4, blocks: 1, every: 2 } as const;
const program = (answer: string): readonly [string, ...string[]] => [
  process.execPath,
  "-e",
  `const given = JSON.parse(process.argv[1]);
   require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
     const asked = JSON.parse(line);
     console.log(JSON.stringify(${answer}));
   });`,
];

it("gives the process what it trains and which rows it reads, then asks for windows", async () => {
  const start = startOverheadProcess({ data: "rows.jsonl" }, program("{ given, asked }"));
  const { run, close } = await start(setup);
  expect(await run("compute-only", 16)).toEqual({
    given: { setup, data: "rows.jsonl" },
    asked: { mode: "compute-only", steps: 16 },
  });
  close();
});

it("names the method whose process failed", async () => {
  const failing = await startOverheadProcess({}, program(`{ error: "no memory" }`))(setup);
  await expect(failing.run("end-to-end", 1)).rejects.toThrow("bench overhead, tilt: no memory");
  failing.close();
  const ending = await startOverheadProcess({}, program("process.exit(2)"))(setup);
  await expect(ending.run("end-to-end", 1)).rejects.toThrow("bench overhead: the process of tilt ended with code 2");
});
