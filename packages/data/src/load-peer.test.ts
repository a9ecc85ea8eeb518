import { VptError } from "@vpt/contracts";
import { expect, it } from "vitest";
import { loadPeer } from "./load-peer.js";

const missing = () => Promise.reject(Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" }));

it("returns the package", async () => {
  expect(await loadPeer("readParquet", "hyparquet", () => Promise.resolve(7))).toBe(7);
});

it("names the command that installs what is absent", async () => {
  const loading = loadPeer("readParquet", "hyparquet hyparquet-compressors", missing);
  await expect(loading).rejects.toThrow(VptError);
  await expect(loading).rejects.toThrow(
    "readParquet: needs hyparquet and hyparquet-compressors, not installed here. Run npm install " +
      "hyparquet hyparquet-compressors",
  );
});

it("passes other errors on: a package that is there and broken is not absent", async () => {
  await expect(loadPeer("x", "y", () => Promise.reject(new TypeError("broken")))).rejects.toThrow(TypeError);
});
