import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { VptError } from "@vpt/core";
import { resultJson } from "./result-json.js";
import type { Study, StudyResult } from "./study.js";

/** Writes `NAME-SCALE.json`, `.md` and, where there is a figure, `.svg` into a folder. */
export function writeStudyResult(folder: string, name: string, { json, text, figure }: StudyResult): void {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}-${String(json["scale"])}`);
  writeFileSync(`${path}.json`, resultJson(json));
  writeFileSync(`${path}.md`, `${text}\n`);
  if (figure !== undefined) writeFileSync(`${path}.svg`, figure);
}

/**
 * Makes a study's tables again from a JSON that {@link writeStudyResult} wrote; nothing is run.
 *
 * @throws {VptError} When the study cannot, or the file is absent or is not JSON.
 */
export async function readStudyResult(name: string, study: Study, path: string): Promise<StudyResult> {
  if (!study.fromRows) throw new VptError(`repro ${name}: --from is not for this study; run it without`);
  if (!existsSync(path)) throw new VptError(`--from ${path}: no such file`);
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  } catch (error) {
    throw new VptError(`--from ${path}: is not JSON: ${(error as Error).message}`);
  }
  return study.fromRows(json);
}
