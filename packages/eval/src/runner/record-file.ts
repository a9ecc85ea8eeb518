import { EvalInputError } from "../errors.js";

/** First line of a record file: what was asked, and how. */
export interface RecordHeader {
  readonly kind: "header";
  readonly task: string;
  readonly protocol: string;
  readonly protocolVersion: number;
  readonly headline: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly model: string;
}

/** One line an item; `request` is the SHA-256 of what was asked. */
export interface ItemRecord {
  readonly kind: "item";
  readonly id: string;
  readonly request: string;
  readonly response: unknown;
  readonly prediction: string;
  readonly gold: string;
  readonly metrics: Readonly<Record<string, number>>;
  readonly unusable?: string;
}

/** The whole lines of a record file; undefined when there is none, or not even a whole header. */
export interface RecordFile {
  readonly header: RecordHeader;
  readonly items: readonly ItemRecord[];
}

/**
 * Reads a record file. A last line without its newline is torn when it does not parse: it is left out, and with
 * `repair` cut off.
 * @throws {EvalInputError} When another line does not parse, with its number.
 */
export async function readRecordFile(
  path: string,
  options: { readonly repair?: boolean } = {},
): Promise<RecordFile | undefined> {
  const { readFile, truncate, appendFile } = await import("node:fs/promises");
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (!bytes || bytes.length === 0) return undefined;
  const whole = bytes.lastIndexOf(0x0a) + 1; // bytes, so that a character torn in two does no harm
  const lines = bytes.subarray(0, whole).toString("utf8").split("\n").slice(0, -1);
  const rest = bytes.subarray(whole).toString("utf8");
  if (rest !== "" && parses(rest)) {
    lines.push(rest);
    if (options.repair) await appendFile(path, "\n");
  } else if (rest !== "" && options.repair) {
    await truncate(path, whole);
  }
  const [header, ...items] = lines.map((line, i) => parseLine(path, line, i + 1));
  if (header === undefined) return undefined;
  if (header.kind !== "header") {
    throw new EvalInputError({
      where: `${path}, line 1`,
      expected: "the header of a record file",
      received: lines[0]!.slice(0, 80),
      advice: "Name another file, or move this one away",
    });
  }
  return { header, items: items.filter((line) => line.kind === "item") };
}

/** Appends whole lines in one write. */
export async function appendRecords(path: string, records: readonly (RecordHeader | ItemRecord)[]): Promise<void> {
  const { appendFile, mkdir } = await import("node:fs/promises");
  const { dirname } = await import("node:path");
  await mkdir(dirname(path), { recursive: true });
  await appendFile(path, records.map((record) => `${JSON.stringify(record)}\n`).join(""));
}

function parses(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

function parseLine(path: string, line: string, number: number): RecordHeader | ItemRecord {
  if (parses(line)) return JSON.parse(line) as RecordHeader | ItemRecord;
  throw new EvalInputError({
    where: `${path}, line ${number}`,
    expected: "one JSON object",
    received: line.slice(0, 80),
    advice: "Only the last line may be torn; remove this one to have its item asked again",
  });
}

/** SHA-256 in hexadecimal. */
export async function sha256(text: string): Promise<string> {
  const digest = await globalThis.crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
