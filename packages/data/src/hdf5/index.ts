export { openHdf5 } from "./open-hdf5.js";
export type { Hdf5File, Range } from "./open-hdf5.js";
export { openNyuDepth } from "./open-nyu-depth.js";
export type { NyuDepth } from "./open-nyu-depth.js";
export { readMat5 } from "./read-mat5.js";
