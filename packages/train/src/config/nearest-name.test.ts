import { describe, expect, it } from "vitest";
import { nearestName } from "./nearest-name.js";

describe("nearestName", () => {
  it.each([
    ["setps", "steps"], // two substitutions
    ["step", "steps"], // an insertion
    ["stepss", "steps"], // a deletion
    ["learningrate", "learningRate"],
  ])("reads %s as %s", (name, expected) => {
    expect(nearestName(name, ["seed", "batchSize", "steps", "learningRate"])).toBe(expected);
  });

  it("allows two slips in a short name and a third of a long one", () => {
    expect(nearestName("abxx", ["abcd"])).toBe("abcd");
    expect(nearestName("axxx", ["abcd"])).toBeUndefined();
    expect(nearestName("xxxxefghijkl", ["abcdefghijkl"])).toBe("abcdefghijkl");
    expect(nearestName("xxxxxfghijkl", ["abcdefghijkl"])).toBeUndefined();
  });

  it("takes the nearest, the first of equally near ones, and none of none", () => {
    expect(nearestName("abc", ["abd", "abc"])).toBe("abc");
    expect(nearestName("abx", ["aby", "abz"])).toBe("aby");
    expect(nearestName("abc", [])).toBeUndefined();
  });

  it("leaves the list in its order", () => {
    const names = ["zzz", "abc"];
    nearestName("abc", names);
    expect(names).toEqual(["zzz", "abc"]);
  });
});
