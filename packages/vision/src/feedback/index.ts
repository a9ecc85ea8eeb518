export { denseFeedback } from "./dense-feedback.js";
export type { DenseFeedbackOptions } from "./dense-feedback.js";
export { randomFeedback } from "./random-feedback.js";
