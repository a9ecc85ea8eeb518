import { cropImage, resizeImage, type RgbImage } from "@vpt/data/images";

/**
 * ImageNet's evaluation view: short side to 256 (bicubic, antialiased; long side `⌊long·256/short⌋`), centre crop 224.
 *
 * @example
 * ```ts
 * import { imagenetView } from "@vpt/vision";
 *
 * const view = imagenetView(image); // 224 × 224
 * ```
 * @see dinov3 `data/transforms.py`.
 * @category views
 */
export function imagenetView(
  image: RgbImage,
  { shortSide = 256, crop = 224 }: { readonly shortSide?: number; readonly crop?: number } = {},
): RgbImage {
  const { width, height } = image;
  const isWide = width > height;
  const long = Math.floor((Math.max(width, height) * shortSide) / Math.min(width, height));
  const resized = resizeImage(image, { width: isWide ? long : shortSide, height: isWide ? shortSide : long });
  const middle = (side: number): number => halfToEven((side - crop) / 2);
  const [left, top] = [middle(resized.width), middle(resized.height)];
  return cropImage(resized, { left, top, width: crop, height: crop });
}

/** Python's `round`, which torchvision's centre crop uses. */
const halfToEven = (x: number): number => (x % 1 === 0.5 ? 2 * Math.round(x / 2) : Math.round(x));

/**
 * The view of retrieval: long side to 512, both sides rounded to multiples of the patch, bicubic; nothing is cut off.
 *
 * @example
 * ```ts
 * import { retrievalView } from "@vpt/vision";
 *
 * const view = retrievalView(image, { patchSize: 16 });
 * ```
 * @see The size is ours: the paper does not give one.
 * @category views
 */
export function retrievalView(
  image: RgbImage,
  { patchSize, longSide = 512 }: { readonly patchSize: number; readonly longSide?: number },
): RgbImage {
  const scale = longSide / Math.max(image.width, image.height);
  const side = (length: number): number => Math.max(1, Math.round((length * scale) / patchSize)) * patchSize;
  return resizeImage(image, { width: side(image.width), height: side(image.height) });
}
