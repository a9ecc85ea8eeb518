export { callbackLaws } from "./callback-laws.js";
export { workloadLaws } from "./workload-laws.js";
