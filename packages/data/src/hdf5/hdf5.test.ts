import { copyFileSync, mkdtempSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { openHdf5, openNyuDepth, readMat5 } from "./index.js";

/** Made by tools/make-hdf5-fixtures.py with h5py and SciPy. */
const fixture = (name: string): string => fileURLToPath(new URL(`./__fixtures__/${name}`, import.meta.url));
const expected = JSON.parse(readFileSync(fixture("expected.json"), "utf8")) as Record<string, (number | null)[]>;
const temporary = (name: string): string => join(mkdtempSync(join(tmpdir(), "hdf5-")), name);

describe("openNyuDepth", () => {
  it("turns images and depths round as NumPy does, one at a time", async () => {
    const nyu = await openNyuDepth(fixture("nyu.mat"));
    expect(nyu.count).toBe(3);
    const { data, width, height } = nyu.image(1);
    expect([width, height, [...data]]).toEqual([8, 6, expected["image"]]);
    expect([...nyu.depth(1, "depths").data]).toEqual(expected["depths"]);
    expect([...nyu.depth(1, "rawDepths").data].map((x) => (Number.isNaN(x) ? null : x))).toEqual(expected["rawDepths"]);
    expect([...nyu.labels(1).data]).toEqual(expected["labels"]);
    expect(() => nyu.image(3)).toThrow(/nyu\.mat: image 3; expected 0 to 2/);
    nyu.close();
  });

  it("refuses what is not that file in one line", async () => {
    const text = temporary("text.mat");
    writeFileSync(text, "MATLAB 7.3, or not");
    await expect(openNyuDepth(text)).rejects.toThrow(/text\.mat: the file cannot be read: [^\n]+$/);
    await expect(openNyuDepth("nowhere.mat")).rejects.toThrow("nowhere.mat: no such file");
    const torn = temporary("torn.mat");
    copyFileSync(fixture("nyu.mat"), torn);
    truncateSync(torn, 1500);
    await expect(openNyuDepth(torn)).rejects.toThrow(/torn\.mat: [^\n]+$/);
  });
});

describe("a file that leads to others", () => {
  it.each([
    ["link", /"link" lies in another file \([^)]*nyu\.mat\); links out of a file are not followed/],
    ["gone", /"gone" (lies in another file|is a link to another file) \([^)]*nowhere\.h5\)/],
    ["soft", /"soft" lies in another file/],
    ["group/deeper/depths", /lies in another file/],
    ["raw", /"raw" lies in another file \(\/etc\/passwd\)/],
    ["virtual", /"virtual" is virtual, its data lies in nyu\.mat/],
    ["nothing", /no data set "nothing"; it has [^\n]*here/],
    ["group", /no data set "group"/],
  ])("%s is refused in one line", async (name, message) => {
    const file = await openHdf5(fixture("hostile.h5"));
    let said = "";
    try {
      file.read(name, [[0, 1]]);
    } catch (error) {
      said = (error as Error).message;
    }
    expect(said).toMatch(message);
    expect(said).not.toContain("\n");
    expect([...file.read("here", [[1, 3]])].map(Number)).toEqual([1, 2]);
    file.close();
  });

  it("is no NYUv2 either", async () => {
    await expect(openNyuDepth(fixture("hostile.h5"))).rejects.toThrow(/"images" lies in another file/);
  });
});

describe("readMat5", () => {
  it.each(["splits.mat", "splits-compressed.mat"])("reads the numbers of %s", (name) => {
    const read = readMat5(readFileSync(fixture(name)));
    expect(Object.keys(read).sort()).toEqual(["testNdxs", "trainNdxs"]);
    expect([[...read["trainNdxs"]!], [...read["testNdxs"]!]]).toEqual([
      [3, 1],
      [2, 300],
    ]);
  });

  it("refuses other files", () => {
    expect(() => readMat5(readFileSync(fixture("nyu.mat")))).toThrow(/readMat5: no little-endian MATLAB v5 file/);
    expect(() => readMat5(readFileSync(fixture("splits.mat")).subarray(0, 220))).toThrow(/readMat5: the file is torn/);
  });
});
