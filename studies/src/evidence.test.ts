import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readStudyResult, studies } from "@vpt/bench/studies";
import { expect, it } from "vitest";
import { studies as ownStudies } from "./index.js";

const folder = fileURLToPath(new URL("../../docs/evidence/", import.meta.url));
const all = { ...studies, ...ownStudies };
// search-small is a list of trials by hand, not a study
const names = readdirSync(folder)
  .flatMap((file) => /^(.*)\.json$/.exec(file)?.[1] ?? [])
  .filter((name) => name !== "search-small");

it.each(names)("the page %s is what its rows give", async (name) => {
  const study = name.replace(/-(tiny|small)$/, "");
  const result = await readStudyResult(study, await all[study]!(), `${folder}${name}.json`);
  expect(`${result.text}\n`).toBe(readFileSync(`${folder}${name}.md`, "utf8"));
});
