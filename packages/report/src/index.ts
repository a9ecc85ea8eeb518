export { chart, lines } from "./chart.js";
export { describeRun } from "./describe-run.js";
export { finishEvaluation } from "./finish.js";
export { readRun } from "./read-run.js";
export { writeReport } from "./write-report.js";
