import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs";
import { expect, it } from "vitest";

it("is the README's program, and runs", async () => {
  const program = readFileSync(new URL("./own-loop.ts", import.meta.url), "utf8");
  expect(readFileSync(new URL("../README.md", import.meta.url), "utf8")).toContain(program);
  await tf.setBackend("cpu");
  await import("./own-loop.js");
});
