export { numberChoiceItem, numberChoiceTask, scoreNumberChoices } from "./choices.js";
export type {
  DigitRequest,
  DigitScorer,
  NumberAnswer,
  NumberChoiceItem,
  NumberChoiceOptions,
  NumberChoiceTask,
  NumberRequest,
} from "./choices.js";
export { choiceProbabilities, fitDigitCalibration } from "./digit-calibration.js";
export type { DigitCalibration, DigitLogits, ScoredChoice } from "./digit-calibration.js";
export { numberQuestions } from "./number-questions.js";
export type { NumberQuestion, NumberQuestionOptions } from "./number-questions.js";
