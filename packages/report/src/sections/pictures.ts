import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { markup, type Markup } from "../html/markup.js";
import type { FinishedRun } from "../read-run.js";

const captions: Readonly<Record<string, string>> = {
  "masks.png": "Global crops, learned masks (white is kept), and the mixed views that the student gets.",
  "predictions.png": "Test images, true labels, predicted labels, true depth, predicted depth (near is bright).",
};

/** The pictures that a run and its methods left as artifacts, held in the page itself. */
export function picturesSection({ folder, summary }: FinishedRun): Markup | undefined {
  const folders = [["all methods", folder], ...summary.methods.map(({ method }) => [method, join(folder, method)])];
  const figures = folders.flatMap(([owner, path]) => picturesIn(path!).map((file) => pictureOf(owner!, path!, file)));
  return figures.length > 0 ? markup`<h3>Pictures</h3><div class="charts">${figures}</div>` : undefined;
}

const picturesIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith(".png"))
        .sort()
    : [];

function pictureOf(owner: string, folder: string, file: string): Markup {
  const data = readFileSync(join(folder, file)).toString("base64");
  const caption = captions[file] ?? file;
  return markup`<figure class="picture"><figcaption>${owner}<span class="note">${caption}</span></figcaption>
<img alt="${`${owner}: ${caption}`}" src="data:image/png;base64,${data}"></figure>`;
}
