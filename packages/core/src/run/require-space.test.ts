import { tmpdir } from "node:os";
import { expect, it } from "vitest";
import { requireSpace } from "./require-space.js";

it("says how much is needed and how much there is", () => {
  expect(() => requireSpace("runs/a", 2e6, () => 1.5e6)).toThrow(
    /runs\/a: a checkpoint needs 2\.0 MB, and the disk has 1\.5 MB free/,
  );
  requireSpace("runs/a", 2e6, () => 2e6);
  requireSpace("runs/a", 2e6, () => undefined);
  requireSpace(tmpdir(), 1);
  expect(() => requireSpace(tmpdir(), 1e18)).toThrow(/MB free/);
});
