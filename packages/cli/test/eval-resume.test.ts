import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";

const vpt = fileURLToPath(new URL("../bin/vpt.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "vpt-eval-resume-"));
afterAll(() => rmSync(folder, { recursive: true }));

// An OpenAI-style server that answers every question with its number, and remembers who asked it in which life of the
// command.
const asked: { readonly id: string; readonly life: number }[] = [];
let life = 0;
let onAsked = (): void => {};
const server = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk: Buffer) => (body += chunk.toString()));
  request.on("end", () => {
    const { prompt } = JSON.parse(body) as { prompt: string };
    const id = /row (\d+)/.exec(prompt)![1]!;
    asked.push({ id, life });
    onAsked();
    setTimeout(() => response.end(JSON.stringify({ choices: [{ text: `#### ${id}` }] })), 2);
  });
});
afterAll(() => void server.close());

it("an evaluation killed with -9 three times ends as if it never was, and no recorded row is asked again", async () => {
  const rows = Array.from({ length: 500 }, (_, i) => ({ question: `This is row ${i}.`, answer: `#### ${i}` }));
  writeFileSync(join(folder, "rows.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const out = join(folder, "record.jsonl");
  const recorded = (): string[] => {
    const lines = readFileSync(out, "utf8").split("\n").slice(1, -1);
    return lines.map((line) => (JSON.parse(line) as { id: string }).id);
  };
  const run = (killAfter: number): Promise<{ code: number | null; text: string }> =>
    new Promise((resolve) => {
      const options = ["--model", "fake", "--url", url, "--data", join(folder, "rows.jsonl"), "--out", out, "--json"];
      const child = spawn(process.execPath, [vpt, "eval", "gsm8k", ...options]);
      let text = "";
      child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
      onAsked = () => void (asked.length >= killAfter && child.kill("SIGKILL"));
      child.on("close", (code) => resolve({ code, text }));
    });
  const recordedBefore = [new Set<string>()];
  for (const killAfter of [60, 211, 405]) {
    await run(killAfter);
    life++;
    recordedBefore[life] = new Set(recorded());
  }
  const { code, text } = await run(Infinity);
  expect(code).toBe(0);
  expect(JSON.parse(text)).toMatchObject({ n: 500, metrics: { strict: { value: 1 } } });
  expect([new Set(recorded()).size, recorded().length]).toEqual([500, 500]);
  expect(asked.filter(({ id, life: then }) => recordedBefore[then]!.has(id))).toEqual([]);
  expect(recordedBefore[3]!.size).toBeGreaterThan(300);
  expect(asked.length - 500).toBeLessThanOrEqual(3 * 8); // a batch in flight at each kill
}, 60_000);
