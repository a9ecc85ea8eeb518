export { readFloats } from "./read-floats.js";
