/**
 * What a person wrote about a result's rows. It is kept in the JSON, so that making the tables again does not lose it.
 */
export interface PageProse {
  /** The answer in one sentence, in bold, with its unfavourable side beside it. */
  readonly answer?: string;
  /** Follows the tables: what they say. */
  readonly notes?: string;
  /** The section "How it was run". */
  readonly run?: string;
  /** The section "What does not hold". */
  readonly limits?: string;
}

/** A page of evidence: the answer, a picture, tables, how it was run, what does not hold. Blocks are Markdown. */
export interface Page {
  readonly title: string;
  /** A sentence made from the numbers, where nobody has written one. */
  readonly answer: string;
  /** What the picture shows, and its file beside the page. */
  readonly figure?: { readonly alt: string; readonly file: string };
  readonly body: readonly string[];
  /** How it was run, where nobody has written more. */
  readonly run: string;
  /** What of the claims does not hold; see {@link failureList}. */
  readonly limits: string;
}

/** Formats a page; a person's prose takes the place of sentences made from numbers. */
export const formatPage = (
  { title, answer, figure, body, run, limits }: Page,
  { answer: written, notes, run: how, limits: without }: PageProse = {},
): string =>
  [
    `# ${title}`,
    written ?? `**${answer}**`,
    ...(figure ? [`![${figure.alt}](${figure.file})`] : []),
    ...body,
    ...(notes === undefined ? [] : [notes]),
    "## How it was run",
    how ?? run,
    "## What does not hold",
    without ?? limits,
  ].join("\n\n");

/** A Markdown table; every row has a cell for each column. */
export const markdownTable = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const line = (cells: readonly string[]): string =>
    `|${cells.map((cell) => (cell === "" ? " " : ` ${cell} `)).join("|")}|`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
};

/** The claims that fail as a list, or that none does. */
export const failureList = (failures: readonly string[], holds = "All claims hold."): string =>
  failures.length === 0 ? holds : failures.map((failure) => `- ${failure}`).join("\n");

/** Seeds as people say them: `seed 1`, `seeds 1 and 2`, `seeds 1 to 6`, or all of them where some are left out. */
export function describeSeeds(seeds: readonly number[]): string {
  const [first, last] = [seeds[0], seeds.at(-1)];
  if (seeds.length === 1) return `seed ${first}`;
  const isRun = seeds.every((seed, i) => seed === seeds[0]! + i);
  if (!isRun) return `seeds ${seeds.join(", ")}`;
  return seeds.length === 2 ? `seeds ${first} and ${last}` : `seeds ${first} to ${last}`;
}
