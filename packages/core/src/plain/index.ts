// Errors and random streams: what threads and loaders need of this package. Imports no tfjs, which takes a second to load.
export { VptError } from "../errors.js";
export { randomFromSeed, randomFromState } from "../random.js";
export type { Random } from "../random.js";
