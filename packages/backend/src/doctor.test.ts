import { expect, it } from "vitest";
import { doctor } from "./doctor.js";

it("names every check, and gives a fix for each that fails and for no other", async () => {
  const { checks } = await doctor();
  const names = checks.map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining(["node", "g++", "python3", "pip", "cache", "tfjs-node", "gpu", "backend"]),
  );
  for (const { ok, fix, detail } of checks) {
    expect(detail).not.toBe("");
    expect(fix === undefined).toBe(ok);
  }
});

it("works with no compiler and no Python", async () => {
  const before = { ...process.env };
  Object.assign(process.env, {
    CXX: "/nonexistent/g++",
    VPT_PYTHON: "/nonexistent/python3",
    VPT_CACHE: "/dev/null/cache",
  });
  try {
    const failed = (await doctor()).checks.filter(({ ok }) => !ok).map(({ name }) => name);
    expect(failed).toEqual(expect.arrayContaining(["g++", "python3", "pip", "cache"]));
  } finally {
    process.env = before;
  }
});
