import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import * as tf from "@tensorflow/tfjs";
import { expect, it } from "vitest";
import { coveredKernels, registerTangent } from "../src/index.js";

/** Left out, with the reason; `jvp` throws UncoveredKernelError on a live tangent. */
const uncovered: Readonly<Record<string, string>> = {
  Dilation2D: "morphology: no user here",
  Dilation2DBackpropFilter: "morphology",
  Dilation2DBackpropInput: "morphology",
  LRN: "superseded by batch and layer norm",
  LRNGrad: "as LRN",
  MaxPool3D: "no user here",
  MaxPoolWithArgmax: "two outputs, one of them indices; use maxPool",
  NonMaxSuppressionV5: "detection: scores decay by overlap",
  Unique: "sizes depend on values",
  SparseFillEmptyRows: "sparse text",
  RaggedGather: "ragged text",
  RaggedRange: "ragged text",
  RaggedTensorToTensor: "ragged text",
  Draw: "no tensor out",
  FromPixels: "no tensor in",
  Pool: "never registered",
  StaticRegexReplace: "strings",
  StringNGrams: "strings",
  StringSplit: "strings",
  StringToHashBucketFast: "strings",
};

const covered = new Set(coveredKernels().map(({ kernel }) => kernel));

/** The kernel names that tfjs exports are constants whose first letter is upper case and whose value is a string. */
const kernels = Object.entries(tf)
  .filter(([name, value]) => /^[A-Z_]/.test(name) && name !== "OP_SCOPE_SUFFIX" && typeof value === "string")
  .map(([, value]) => value as unknown as string);

it("covers every kernel of tfjs or says why not", () => {
  expect(kernels.length).toBeGreaterThan(170);
  expect(kernels.filter((kernel) => !covered.has(kernel) && !(kernel in uncovered))).toEqual([]);
  expect(Object.keys(uncovered).filter((kernel) => covered.has(kernel))).toEqual([]);
});

it("covers every kernel that tfjs's gradient functions import or register", () => {
  const require = createRequire(createRequire(import.meta.url).resolve("@tensorflow/tfjs"));
  const folder = path.join(path.dirname(require.resolve("@tensorflow/tfjs-core")), "gradients");
  const named = readdirSync(folder)
    .filter((file) => file.endsWith(".js"))
    .flatMap(
      (file) =>
        /import \{([^}]*)\} from '\.\.\/kernel_names'/
          .exec(readFileSync(path.join(folder, file), "utf8"))?.[1]
          ?.split(",") ?? [],
    );
  const used = [...new Set(named.map((name) => name.trim()))].map(
    (name) => (tf as unknown as Record<string, string>)[name] ?? name,
  );
  expect(used.length).toBeGreaterThan(80);
  expect(used.filter((kernel) => !covered.has(kernel) && !(kernel in uncovered))).toEqual([]);
});

it("registerTangent adds and replaces rules, and takes them back", () => {
  const back = registerTangent("LRN", () => null);
  expect(coveredKernels().find(({ kernel }) => kernel === "LRN")).toEqual({ kernel: "LRN", family: "registered" });
  back();
  expect(coveredKernels().some(({ kernel }) => kernel === "LRN")).toBe(false);
});
