import { join } from "node:path";
import { expect, it } from "vitest";
import { relativePaths } from "./relative-paths.js";

it("keeps what lies elsewhere, and numbers as they are", () => {
  const folder = join("/somewhere", 'my "runs"');
  const args = ["train", "--out", join(folder, "a", "b"), "--data", "/else/x"];
  expect(relativePaths({ args, nll: 0.1 }, folder)).toEqual({
    args: ["train", "--out", join("a", "b"), "--data", "/else/x"],
    nll: 0.1,
  });
});
