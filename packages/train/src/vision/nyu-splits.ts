export { readNyuSplits } from "@vpt/vision/evaluation";
export type { NyuSplits } from "@vpt/vision/evaluation";
