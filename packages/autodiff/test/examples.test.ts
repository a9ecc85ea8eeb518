// The code in README.md and in doc comments runs, and prints what it says it prints.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import * as tf from "@tensorflow/tfjs";
import { beforeAll, expect, it } from "vitest";
import * as autodiff from "../src/index.js";
import * as reference from "../src/testing/index.js";

const root = path.join(import.meta.dirname, "..");
const given = {
  logits: tf.tensor1d([1, 5, 2, 7, 3, 8, 4, 9, 6]),
  image: tf.ones([1, 2, 2, 1]),
  direction: tf.ones([1, 2, 2, 1]),
};
const scope: Readonly<Record<string, unknown>> = { tf, ...autodiff, ...reference, ...given };

beforeAll(async () => void (await tf.setBackend("cpu")));

/** Runs JavaScript with the packages' exports in scope; each `.print(); // → value` is compared. */
function run(code: string): void {
  const check = (x: tf.Tensor, text: string) =>
    tf.util
      .flatten(JSON.parse(text) as number[])
      .forEach((y, i) => expect(x.dataSync()[i]).toBeCloseTo(y as number, 4));
  const body = code
    .replace(/^import .*$/gm, "")
    .replace(/: TensorTree|<"x">/g, "")
    .replace(
      /^(.*)\.print\(\); \/\/ → (.*)$/gm,
      (_, x: string, text: string) => `check(${x}, ${JSON.stringify(text)});`,
    );
  // oxlint-disable-next-line typescript/no-implied-eval -- the examples of this package, run as written
  new Function("check", ...Object.keys(scope), body)(check, ...Object.values(scope));
}

it("README.md", () => {
  const readme = readFileSync(path.join(root, "README.md"), "utf8");
  const blocks = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code!);
  expect(blocks).toHaveLength(2);
  tf.tidy(() => blocks.forEach(run));
  expect(readme.split("\n").length).toBeLessThan(100);
});

const sources = readdirSync(path.join(root, "src"), { recursive: true, encoding: "utf8" }).filter((file) =>
  file.endsWith(".ts"),
);
const examples = sources.flatMap((file) => {
  const text = readFileSync(path.join(root, "src", file), "utf8").replace(/^ \* ?/gm, "");
  return [...text.matchAll(/@example\s+(?:`([^`]+)`|\n?(.*?)(?=\n@))/gs)].map(
    ([, line, block]) => [file, (line ?? block)!] as const,
  );
});

it.each(examples)("%s: %s", (_, code) => {
  const throws = code.includes("// throws");
  tf.tidy(() => {
    if (throws) expect(() => run(code)).toThrow(autodiff.UncoveredKernelError);
    else run(code);
  });
});

it("finds the examples", () => expect(examples.length).toBeGreaterThan(8));
