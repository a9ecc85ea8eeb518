import { sep } from "node:path";

/** `value` with paths below `folder` as paths from it: a result says what was run, not where. */
export const relativePaths = <Value>(value: Value, folder: string): Value =>
  JSON.parse(JSON.stringify(value).replaceAll(JSON.stringify(folder + sep).slice(1, -1), "")) as Value;
