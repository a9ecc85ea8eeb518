import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { copyFile, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";

export const sha256File = async (path: string): Promise<string> => {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest("hex");
};

/** Size in bytes, or undefined when there is no such file. */
export const fileSize = async (path: string): Promise<number | undefined> =>
  stat(path).then(
    (info) => info.size,
    () => undefined,
  );

/** Parsed JSON, or undefined when the file is absent or is not JSON. */
export const readJson = async (path: string): Promise<unknown> => {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch {
    return undefined;
  }
};

const replaceWith = async (target: string, write: (temporary: string) => Promise<void>): Promise<void> => {
  await mkdir(dirname(target), { recursive: true });
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    await write(temporary);
    await rename(temporary, target);
  } finally {
    await rm(temporary, { force: true });
  }
};

/** Writes beside the target, then renames: a reader sees the old file or the new one, never a part. */
export const writeJson = (target: string, value: unknown): Promise<void> =>
  replaceWith(target, (temporary) => writeFile(temporary, `${JSON.stringify(value, null, 2)}\n`));

/** Copies beside the target, then renames; a process that has the old file mapped keeps it. */
export const replaceFile = (source: string, target: string): Promise<void> =>
  replaceWith(target, (temporary) => copyFile(source, temporary));
