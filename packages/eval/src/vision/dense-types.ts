// What the dense runners' callers need, whichever of them they import.
export type { DenseMap, DensePredictor, Picture, Rows } from "./dense-map.js";
export type { DenseEvaluationRecord, DenseItem, DenseRunOptions } from "./evaluate-dense.js";
