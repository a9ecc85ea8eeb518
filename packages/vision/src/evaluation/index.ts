export * from "./probes/index.js";
export { classColour, colourDepth, colourLabels, pictureFolder, shrink } from "./pictures.js";
export type { PictureRow } from "./pictures.js";
