import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { VptError } from "@vpt/contracts";
import { lockRun } from "./run-lock.js";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "vpt-lock-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const lockFile = (): string => join(folder, "lock.json");
const deadOwner = { pid: 4_194_305, host: hostname(), startedAt: "1" }; // above the kernel's largest pid
const leave = (content: string, name = "lock.json"): void => writeFileSync(join(folder, name), content);

describe("lockRun", () => {
  it("refuses a second owner, names the first, and gives the lock back", () => {
    const unlock = lockRun(folder);
    expect(() => lockRun(folder)).toThrow(VptError);
    expect(() => lockRun(folder)).toThrow(`in use by process ${process.pid} on ${hostname()}`);
    unlock();
    expect(readdirSync(folder)).toEqual([]);
    lockRun(folder)();
    unlock(); // giving back twice is no error
  });

  it.each([
    ["of a process that died", JSON.stringify(deadOwner)],
    ["of an earlier process with the number of a living one", JSON.stringify({ ...deadOwner, pid: process.pid })],
    ["torn by a crash", '{"pid": 1'],
    ["empty", ""],
  ])("takes over a lock %s, and leaves no litter", (_, content) => {
    leave(content);
    const unlock = lockRun(folder);
    expect(JSON.parse(readFileSync(lockFile(), "utf8"))).toMatchObject({ pid: process.pid });
    expect(readdirSync(folder)).toEqual(["lock.json"]);
    unlock();
  });

  it("takes over from a process that died while it took over", () => {
    leave(JSON.stringify(deadOwner));
    leave(JSON.stringify(deadOwner), "lock.json.takeover");
    const unlock = lockRun(folder);
    expect(readdirSync(folder)).toEqual(["lock.json"]);
    unlock();
  });

  it("does not touch a lock of another host", () => {
    leave(JSON.stringify({ ...deadOwner, host: "elsewhere" }));
    expect(() => lockRun(folder)).toThrow("on elsewhere");
    expect(existsSync(lockFile())).toBe(true);
  });

  describe.each([
    ["a free folder", undefined],
    ["a dead owner's folder", JSON.stringify(deadOwner)],
  ])("with 10 processes at once on %s", (_, left) => {
    it("lets exactly one in, every time", async () => {
      const script = contender(folder);
      const contended = mkdtempSync(join(folder, "run-"));
      if (left) writeFileSync(join(contended, "lock.json"), left);
      const at = String(Date.now() + 1_500);
      const contenders = Array.from({ length: 10 }, () => spawn(process.execPath, [script, contended, at]));
      const answers = await Promise.all(contenders.map(firstWord));
      for (const { stdin } of contenders) stdin.end();
      expect(answers.sort()).toEqual([...Array<string>(9).fill("VptError"), "won"]);
      expect(readdirSync(contended)).toEqual(["lock.json"]);
    });
  });
});

/** A program, compiled into `folder`, that tries for a lock at a given time and tells how it went. */
function contender(folder: string): string {
  const program = mkdtempSync(join(folder, "program-"));
  const contracts = join(program, "node_modules", "@vpt", "contracts");
  for (const directory of [join(program, "run"), contracts]) mkdirSync(directory, { recursive: true });
  const compileTo = (path: string, source: string): void => {
    const { module, target } = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
    const text = readFileSync(fileURLToPath(new URL(source, import.meta.url)), "utf8");
    writeFileSync(path, ts.transpileModule(text, { compilerOptions: { module, target } }).outputText);
  };
  compileTo(join(program, "run", "run-lock.js"), "./run-lock.ts");
  compileTo(join(contracts, "index.js"), "../../../contracts/src/errors.ts"); // all that the lock uses of it
  writeFileSync(join(contracts, "package.json"), '{ "type": "module", "exports": "./index.js" }');
  writeFileSync(join(program, "package.json"), '{ "type": "module" }');
  const script = join(program, "contend.js");
  writeFileSync(
    script,
    `import { lockRun } from "./run/run-lock.js";
    const [folder, at] = process.argv.slice(2);
    while (Date.now() < Number(at)); // all start together
    try { lockRun(folder); console.log("won"); } catch (error) { console.log(error.name); }
    process.stdin.resume(); // the owner lives on until all have answered`,
  );
  return script;
}

const firstWord = ({ stdout }: ChildProcessWithoutNullStreams): Promise<string> =>
  new Promise((resolve) => stdout.once("data", (chunk: Buffer) => resolve(chunk.toString().trim())));
