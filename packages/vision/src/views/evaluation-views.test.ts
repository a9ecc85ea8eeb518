import { expect, it } from "vitest";
import { imagenetView } from "./index.js";

it("the centre crop begins where torchvision's does: halves go to the even pixel", () => {
  // Red counts columns, so that the first one of the crop says where it begins.
  const wide = (width: number) => ({
    data: Uint8Array.from({ length: width * 4 * 3 }, (_, i) => Math.floor(i / 3) % width),
    width,
    height: 4,
  });
  const begins = [5, 7, 9, 11].map((width) => imagenetView(wide(width), { shortSide: 4, crop: 4 }).data[0]);
  expect(begins).toEqual([0, 2, 2, 4]); // round(0.5), round(1.5), round(2.5), round(3.5) in Python
});
