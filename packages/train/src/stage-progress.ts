import { showTimeLeft, type Progress } from "./progress.js";

/**
 * Shows work that has several stages: each stage's line has the time that is left of it.
 *
 * @example
 * ```ts
 * import { createProgress, stageProgress } from "@vpt/train";
 *
 * const show = stageProgress(createProgress());
 * show("head", 20, 400, "loss 0.31"); // head 20/400 loss 0.31, 3 min left
 * ```
 * @category progress
 */
export function stageProgress(progress: Progress): (stage: string, done: number, total: number, note?: string) => void {
  const shown = new Map<string, (done: number, total: number) => void>();
  let line = "";
  return (stage, done, total, note = "") => {
    line = `${stage} ${done}/${total} ${note}`.trimEnd();
    const show = shown.get(stage) ?? showTimeLeft(progress, () => line);
    shown.set(stage, show);
    show(done, total);
  };
}
