export { dinoHead, initDinoHead } from "./dino-head.js";
export type { DinoHeadOptions } from "./dino-head.js";
export { dinoLearner } from "./dino-learner.js";
export type { DinoOptions } from "./dino-learner.js";
export { dinoLoss } from "./dino-loss.js";
export type { DinoLossOptions } from "./dino-loss.js";
export { applySoftMask } from "./soft-mask.js";
export { updateEma, updateCentre, teacherMomentum, teacherOf, withTeacher } from "./teacher.js";
export type { MaskTask, VisionBatch, VisionView } from "./vision-batch.js";
