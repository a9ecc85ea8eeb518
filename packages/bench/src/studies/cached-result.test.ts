import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { cachedResult } from "./cached-result.js";

it("a row that is there is not made again, and one of other settings is refused", async () => {
  const folder = join(mkdtempSync(join(tmpdir(), "rows-")), "study");
  let made = 0;
  const row = (rate: number) => cachedResult(folder, "tiny-seed-1", { rate }, async () => ({ seed: 1, made: ++made }));
  expect(await row(0.1)).toEqual({ seed: 1, made: 1 });
  expect(await row(0.1)).toEqual({ seed: 1, made: 1 });
  await expect(row(0.2)).rejects.toThrow(/tiny-seed-1\.json: made with other settings; give another --folder/);
});
