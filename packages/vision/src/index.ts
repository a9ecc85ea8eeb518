export * from "./model/index.js";
export * from "./dino/index.js";
