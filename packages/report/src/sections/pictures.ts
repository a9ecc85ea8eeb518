import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { markup, type Markup } from "../html/markup.js";
import type { FinishedRun } from "../read-run.js";

const captions: Readonly<Record<string, string>> = {
  "masks.png": "Global crops, learned masks (white is kept), and the mixed views that the student gets.",
  "predictions.png": "Test images, true labels, predicted labels, true depth, predicted depth (near is bright).",
};

/** The pictures that the methods left as artifacts, held in the page itself. */
export function picturesSection({ folder, summary }: FinishedRun): Markup | undefined {
  const figures = summary.methods.flatMap(({ method }) => {
    const own = join(folder, method);
    const files = existsSync(own) ? readdirSync(own).filter((name) => name.endsWith(".png")) : [];
    return files.sort().map((file) => {
      const data = readFileSync(join(own, file)).toString("base64");
      const caption = captions[file] ?? file;
      return markup`<figure class="picture"><figcaption>${method}<span class="note">${caption}</span></figcaption>
<img alt="${`${method}: ${caption}`}" src="data:image/png;base64,${data}"></figure>`;
    });
  });
  return figures.length > 0 ? markup`<h3>Pictures</h3><div class="charts">${figures}</div>` : undefined;
}
