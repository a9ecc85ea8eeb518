import * as tf from "@tensorflow/tfjs";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { TfjsNodePackage } from "./provision/tfjs-node-package.js";
import { useBackend } from "./use-backend.js";

const installed = vi.hoisted(() => ({ packages: undefined as readonly TfjsNodePackage[] | undefined }));
vi.mock("./provision/tfjs-node-package.js", async (original) => {
  const real = await original<typeof import("./provision/tfjs-node-package.js")>();
  return { ...real, findTfjsNodePackages: () => installed.packages ?? real.findTfjsNodePackages() };
});

afterEach(() => {
  installed.packages = undefined;
});

describe("without a native runtime", () => {
  const cases: [name: string, packages: readonly TfjsNodePackage[], line: RegExp][] = [
    ["no tfjs-node", [], /neither @tensorflow\/tfjs-node-gpu nor @tensorflow\/tfjs-node is installed.*npm install/],
    [
      "a second copy of tfjs",
      [{ name: "@tensorflow/tfjs-node", directory: "/none", bindingPath: "/none/x.node", tfjsPath: "" }],
      /two copies of @tensorflow\/tfjs/,
    ],
  ];
  it.each(cases)("falls back with one line: %s", async (_, packages, line) => {
    installed.packages = packages;
    const lines: string[] = [];
    const info = await useBackend({ log: (text) => lines.push(text) });
    expect(info).toMatchObject({ name: "wasm", native: false, device: "cpu" });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^@vpt\/backend: using the slower wasm backend, because /);
    expect(lines[0]).toMatch(line);
    expect(info.reason).toBeDefined();
    expect(tf.getBackend()).toBe("wasm");
  });

  it("says nothing when a slower backend was asked for", async () => {
    const log = vi.fn();
    expect(await useBackend({ device: "js", log })).toEqual({ name: "cpu", native: false, device: "cpu" });
    expect(await useBackend({ device: "wasm", log })).toEqual({ name: "wasm", native: false, device: "cpu" });
    expect(log).not.toHaveBeenCalled();
  });
});
