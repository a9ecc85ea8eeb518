import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { torchReference } from "./torch-reference.js";

const folder = mkdtempSync(join(tmpdir(), "vpt-torch-"));
/** A program in the place of Python: answers each line of JSON by `answer`, JavaScript over `message`. */
const python = (name: string, answer: string, before = ""): string => {
  const path = join(folder, name);
  writeFileSync(
    path,
    `#!${process.execPath}
${before}
const lines = require("node:readline").createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const message = JSON.parse(line);
  process.stdout.write(JSON.stringify(${answer}) + "\\n");
});
`,
  );
  chmodSync(path, 0o755);
  return path;
};

it("sends the sizes first and a mode at each run, and returns what the program measured", async () => {
  const path = python(
    "whole",
    `message.setup
      ? { torch: "2." + message.setup.size }
      : { seconds: 1.5, result: message.run.length, peakBytes: 3, args: process.argv.slice(2) }`,
  );
  const reference = await torchReference(path)({ kind: "matmul", size: 7 });
  expect(reference.torch).toBe("2.7");
  expect(await reference.run("eager")).toMatchObject({ seconds: 1.5, result: 5, peakBytes: 3 });
  expect(await reference.run("compile")).toMatchObject({ result: 7 });
  reference.close();
});

it("starts the program that a benchmark names", async () => {
  const path = python("program", `{ torch: process.argv.join(" ") }`);
  const step = await torchReference(path)({});
  const dino = await torchReference(path)({}, "dino_peer");
  expect(step.torch).toMatch(/-B .*bench\/python\/torch_peer\.py$/);
  expect(dino.torch).toMatch(/-B .*bench\/python\/dino_peer\.py$/);
  step.close();
  dino.close();
});

it("passes on what the program says is wrong", async () => {
  const path = python("error", `{ error: "no such kind: " + message.setup.kind }`);
  await expect(torchReference(path)({ kind: "odd" })).rejects.toThrow("--reference torch: no such kind: odd");
});

it("gives the last line of a program that ends, the code, and what to install", async () => {
  const path = python("ends", "{}", `console.error("Traceback\\nNo module named 'torch'"); process.exit(3);`);
  await expect(torchReference(path)({})).rejects.toThrow(
    /ends ended with code 3: No module named 'torch'; give a Python that has torch .*\(pip install torch\)$/,
  );
});

it("says of a program that is not there that it does not start", async () => {
  await expect(torchReference(join(folder, "absent"))({})).rejects.toThrow(/absent does not start \(spawn .* ENOENT\)/);
});
