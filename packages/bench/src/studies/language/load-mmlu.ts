import { VptError } from "@vpt/core";
import { loadItems, type LoadOptions } from "@vpt/data";
import { groupOf, subjects as subjectsByGroup, type MmluItem } from "@vpt/eval/mmlu";
import { mmluItem } from "@vpt/eval/rows";

/** Which rows {@link loadMmlu} reads. */
export interface LoadMmluOptions extends LoadOptions {
  /** Subjects that the rows have to cover; 57 by default. */
  readonly subjects?: number | undefined;
}

/**
 * Loads MMLU for the mean over subjects: a folder of `test/SUBJECT_test.csv`, or rows with a `subject`. A part of the
 * benchmark, such as its STEM subjects, is not MMLU.
 *
 * @throws {VptError} For a row without a subject or with one that MMLU does not have, and when subjects are missing.
 */
export async function loadMmlu(path: string, { subjects = 57, ...options }: LoadMmluOptions = {}): Promise<MmluItem[]> {
  const items = await loadItems(
    path,
    (row, configuration) => {
      if (configuration === undefined && row["subject"] === undefined)
        throw new Error('field "subject" is missing, expected one of the 57 subjects of MMLU');
      const item = mmluItem(row, configuration);
      if (groupOf(item.subject) === undefined)
        throw new Error(`subject "${item.subject}" is none of the 57 subjects of MMLU`);
      return item;
    },
    options,
  );
  const found = new Set(items.map(({ subject }) => subject));
  if (found.size === subjects) return items;
  const missing = Object.values(subjectsByGroup)
    .flat()
    .filter((name) => !found.has(name));
  throw new VptError(
    `${path}: rows of ${found.size} subjects, expected ${subjects}; the first without a row is ${missing[0]}. ` +
      "Give MMLU's own folder with test/SUBJECT_test.csv, or rows of cais/mmlu with their subject",
  );
}
