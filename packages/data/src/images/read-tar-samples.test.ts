import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pack } from "tar-stream";
import { describe, expect, it } from "vitest";
import { readTarSamples, type TarSample } from "./read-tar-samples.js";

type Header = Parameters<ReturnType<typeof pack>["entry"]>[0];

async function tar(entries: readonly (readonly [Header, string?])[], cut = 0): Promise<string> {
  const archive = pack();
  for (const [header, text] of entries) archive.entry(header, text ?? "");
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  const path = join(mkdtempSync(join(tmpdir(), "tar-")), "shard.tar");
  const bytes = Buffer.concat(chunks);
  writeFileSync(path, bytes.subarray(0, bytes.length - cut));
  return path;
}
const read = async (path: string, options = {}): Promise<TarSample[]> => {
  const samples: TarSample[] = [];
  for await (const sample of readTarSamples(path, options)) samples.push(sample);
  return samples;
};

describe("readTarSamples", () => {
  it("groups neighbours of one key, by extension", async () => {
    const path = await tar([
      [{ name: "a/", type: "directory" }],
      [{ name: "a/0.jpg" }, "x"],
      [{ name: "a/0.seg.png" }, "yz"],
      [{ name: "a/1.JPG" }, "w"],
    ]);
    const samples = await read(path);
    expect(samples.map(({ key, files }) => [key, Object.keys(files)])).toEqual([
      ["a/0", ["jpg", "seg.png"]],
      ["a/1", ["jpg"]],
    ]);
    expect(Buffer.from(samples[0]!.files["seg.png"]!).toString()).toBe("yz");
  });

  it.each<[string, Header, RegExp]>([
    ["absolute", { name: "/etc/passwd.jpg" }, /not a relative path/],
    ["upwards", { name: "a/../../b.jpg" }, /leads out of the archive/],
    ["a link", { name: "a.jpg", type: "symlink", linkname: "/etc/passwd" }, /a symlink; only plain files/],
    ["a device", { name: "a.jpg", type: "character-device" }, /only plain files/],
    ["a prototype", { name: "a.__proto__" }, /no extension/],
  ])("refuses %s", async (_, header, message) => {
    await expect(read(await tar([[header]]))).rejects.toThrow(message);
  });

  it("refuses what is too large, torn, or comes twice", async () => {
    await expect(read(await tar([[{ name: "a.jpg" }, "12345"]]), { maximumBytes: 4 })).rejects.toThrow(
      /5 bytes, more than 4/,
    );
    await expect(read(await tar([[{ name: "a.jpg" }, "x".repeat(2000)]], 2600))).rejects.toThrow(
      /cannot be read as a tar/,
    );
    await expect(read(await tar([[{ name: "a.jpg" }], [{ name: "b.jpg" }], [{ name: "a.png" }]]))).rejects.toThrow(
      /comes twice/,
    );
    await expect(read("nowhere.tar")).rejects.toThrow(/nowhere.tar: cannot be read/);
  });
});
