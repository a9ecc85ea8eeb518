import { readFile, stat } from "node:fs/promises";
import { VptError } from "@vpt/contracts";

const largest = 512 * 2 ** 20;

/** The JSON object in a file, or undefined when there is no such file. */
export const readJsonIfPresent = async (path: string): Promise<Readonly<Record<string, unknown>> | undefined> => {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return undefined;
  if (!found.isFile() || found.size > largest)
    throw new VptError(`${path}: expected a JSON file of at most ${largest} bytes.`);
  const bytes = await readFile(path);
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (error) {
    throw new VptError(`${path}: not valid JSON in UTF-8 (${(error as Error).message}). Fetch or write it again.`);
  }
  throw new VptError(`${path}: expected a JSON object.`);
};
