import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { VptError } from "@vpt/contracts";
import { hasImageExtension } from "./has-image-extension.js";
import type { ImageReference } from "./image-reference.js";
import { indexLabelledTar } from "./read-tar-samples.js";

/** Where an image lies, and its class. */
export interface LabelledReference extends ImageReference {
  readonly label: number;
}

/** Images of a folder layout with one class each. */
export interface ImageClasses {
  /** Names of the classes; of tars only their numbers are known. */
  readonly classes: readonly string[];
  readonly images: readonly LabelledReference[];
}

/**
 * A classification set: a folder a class (`train/n01440764/….JPEG`, ImageNet's), classes numbered in the byte order of
 * their names; or WebDataset tars whose samples hold `<key>.jpg` and `<key>.cls`. Nothing is decoded.
 *
 * @throws {VptError} When there is no such place, images lie flat in it, a class has no number, or a tar is hostile or
 *   torn.
 * @example
 * ```ts
 * const { classes, images } = await listImageClasses("imagenet/val");
 * ```
 * @category images
 */
export async function listImageClasses(root: string): Promise<ImageClasses> {
  if (!existsSync(root)) throw new VptError(`${root}: no such folder; expected one folder a class, or .tar shards`);
  const entries = readdirSync(root, { withFileTypes: true });
  const tars = entries
    .filter(({ name }) => name.endsWith(".tar"))
    .map(({ name }) => join(root, name))
    .sort();
  if (tars.length > 0) {
    const images: LabelledReference[] = [];
    for (const tar of tars) for (const image of await indexLabelledTar(tar)) images.push(image);
    const count = images.reduce((most, { label }) => Math.max(most, label + 1), 0);
    return { classes: Array.from({ length: count }, (_, i) => String(i)), images };
  }
  const classes = entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
  if (classes.length === 0) {
    const isFlat = entries.some(({ name }) => hasImageExtension(name));
    throw new VptError(
      `${root}: ` +
        `${isFlat ? "images lie flat here, so classes are not known" : "no folder of images and no .tar here"}; ` +
        "expected one folder a class, such as val/n01440764",
    );
  }
  const images = classes.flatMap((name, label) =>
    readdirSync(join(root, name))
      .filter(hasImageExtension)
      .sort()
      .map((file) => ({ name: `${name}/${file}`, path: join(root, name, file), label })),
  );
  if (images.length === 0) throw new VptError(`${root}: its folders hold no image`);
  return { classes, images };
}
