export { numbersOf } from "./numbers-of.js";
