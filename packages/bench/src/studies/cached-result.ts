import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { VptError } from "@vpt/core";
import { writeDurably } from "@vpt/core/run";

/**
 * A seed's row from `folder`, where it is there already; else it is made and kept there, so that a study that is
 * stopped loses one seed.
 *
 * @throws {VptError} When the row that is there was made with other settings.
 */
export async function cachedResult<Row>(
  folder: string,
  name: string,
  settings: Readonly<Record<string, unknown>>,
  make: () => Promise<Row>,
): Promise<Row> {
  const path = join(folder, `${name}.json`);
  if (existsSync(path)) {
    const kept = JSON.parse(readFileSync(path, "utf8")) as { readonly settings: unknown; readonly row: Row };
    if (JSON.stringify(kept.settings) === JSON.stringify(settings)) return kept.row;
    throw new VptError(`${path}: made with other settings; give another --folder, or take the file away`);
  }
  const row = await make();
  mkdirSync(folder, { recursive: true });
  await writeDurably(path, JSON.stringify({ settings, row }));
  return row;
}
