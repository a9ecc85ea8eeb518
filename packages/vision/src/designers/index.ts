export type { MaskPenalty } from "./mask-designer.js";
export { plainViewDesigner } from "./plain-view.js";
export { randomMaskDesigner } from "./random-mask.js";
export type { RandomMaskOptions } from "./random-mask.js";
export { sitMaskDesigner } from "./sit-mask.js";
export type { SitMaskOptions } from "./sit-mask.js";
export { unetMaskDesigner } from "./unet-mask.js";
export type { UnetMaskOptions } from "./unet-mask.js";
