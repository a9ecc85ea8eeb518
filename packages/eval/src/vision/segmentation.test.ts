import { describe, expect, it } from "vitest";
import numbers from "../__fixtures__/numbers.json" with { type: "json" };
import {
  ade20k,
  checkAnnotation,
  createAde20kConfusion,
  evaluationSize,
  headAndFeedbackSubsets,
  parseObjectInfo,
  slidingWindows,
} from "./ade20k.js";
import { createConfusion, reducedLabel } from "./segmentation.js";

describe("createConfusion", () => {
  it("equals NumPy over images with absent classes, odd labels and odd predictions", () => {
    for (const { classes, reduceZeroLabel, images, iou, ...means } of numbers.segmentation) {
      const confusion = createConfusion(classes, { ignoreIndex: 255, reduceZeroLabel });
      for (const [prediction, label] of images) confusion.add(prediction!, Uint8Array.from(label!));
      const scores = confusion.scores();
      for (const [c, value] of iou.entries()) {
        if (value === null) expect(scores.iou[c]).toBeNaN();
        else expect(scores.iou[c]).toBeCloseTo(value, 12);
      }
      for (const name of ["mIoU", "mAcc", "mDice", "aAcc"] as const) expect(scores[name]).toBeCloseTo(means[name], 12);
    }
  });

  it("ignores pixels by their reduced label, wherever the prediction is", () => {
    const confusion = createConfusion(2, { ignoreIndex: 255, reduceZeroLabel: true });
    confusion.add([0, 1, 0, 1], [0, 255, 1, 2]);
    expect(confusion.counts()).toEqual({ intersection: [1, 1], predictionArea: [1, 1], labelArea: [1, 1] });
    const other = createConfusion(2, { ignoreIndex: 0, reduceZeroLabel: true });
    other.add([0, 1], [1, 2]); // label 1 becomes 0, which is ignored
    expect(other.counts().labelArea).toEqual([0, 1]);
  });

  it("counts a prediction out of range nowhere, and keeps its pixel in the label area", () => {
    const confusion = createConfusion(2);
    confusion.add([7, -1, NaN, 0.5], [0, 0, 1, 1]);
    expect(confusion.counts()).toEqual({ intersection: [0, 0], predictionArea: [0, 0], labelArea: [2, 2] });
  });

  it("keeps the prediction of a label out of range", () => {
    const confusion = createConfusion(2);
    confusion.add([1], [9]);
    expect(confusion.counts()).toEqual({ intersection: [0, 0], predictionArea: [0, 1], labelArea: [0, 0] });
    expect(confusion.scores().iou).toEqual([NaN, 0]);
  });

  it("leaves absent classes out of the mean, or counts them as 0", () => {
    const skip = createConfusion(4);
    const zero = createConfusion(4, { absentClasses: "zero" });
    for (const confusion of [skip, zero]) confusion.add([0, 1], [0, 1]);
    expect([skip.scores().mIoU, zero.scores().mIoU]).toEqual([1, 0.5]);
    expect(zero.scores().iou).toEqual([1, 1, 0, 0]);
  });

  it("sums histograms, not images, and merges counts made elsewhere", () => {
    const [both, first, second] = [createConfusion(2), createConfusion(2), createConfusion(2)];
    for (const confusion of [both, first]) confusion.add([0, 0, 0], [0, 0, 1]);
    for (const confusion of [both, second]) confusion.add([1], [0]);
    first.merge(second.counts());
    expect(first.counts()).toEqual(both.counts());
    expect(both.scores().iou[0]).toBe(0.5); // 2 of 4; the mean of per-image values would be 1/3
  });

  it("is NaN without images or labelled pixels, and refuses bad input", () => {
    const confusion = createConfusion(2);
    confusion.add([], []);
    confusion.add([1], [255]);
    expect(confusion.scores()).toMatchObject({ mIoU: NaN, mAcc: NaN, aAcc: NaN });
    expect(() => confusion.add([1, 0], [1])).toThrow("Confusion.add: label: expected 2");
    expect(() => createConfusion(0)).toThrow("classes");
  });
});

describe("ade20k", () => {
  it("shifts labels once", () => {
    expect([0, 1, 150, 255].map(reducedLabel)).toEqual([255, 0, 149, 255]);
    const confusion = createAde20kConfusion();
    confusion.add([0, 149, 3], [1, 150, 0]);
    expect(confusion.scores()).toMatchObject({ mIoU: 1, aAcc: 1 });
    const shifted = createAde20kConfusion({ reduceZeroLabel: false });
    shifted.add([0], [0]);
    expect(shifted.scores().mIoU).toBe(1);
  });

  it("refuses annotations of the full release", () => {
    expect(() => checkAnnotation(Uint8Array.of(0, 150), "a.png")).not.toThrow();
    expect(() => checkAnnotation(Uint8Array.of(0, 151), "a.png")).toThrow(
      /a\.png, pixel 1.*received 151.*ADEChallengeData2016/,
    );
  });

  it("slides windows to the edge and uses a small image whole", () => {
    expect(slidingWindows({ width: 512, height: 512 })).toEqual([{ x: 0, y: 0, width: 512, height: 512 }]);
    expect(slidingWindows({ width: 854, height: 512 }).map(({ x }) => x)).toEqual([0, 341, 342]);
    expect(slidingWindows({ width: 853, height: 512 }).map(({ x }) => x)).toEqual([0, 341]);
    expect(slidingWindows({ width: 300, height: 600 })).toEqual([
      { x: 0, y: 0, width: 300, height: 512 },
      { x: 0, y: 88, width: 300, height: 512 },
    ]);
    expect(evaluationSize({ width: 1000, height: 333 })).toEqual({ width: 1538, height: 512 });
  });

  it("draws disjoint subsets that depend on the seed, not on the order of the names", () => {
    const names = Array.from({ length: 40 }, (_, i) => `ADE_train_${i}`);
    const { head, feedback } = headAndFeedbackSubsets(names, { seed: 1, head: 20, feedback: 10 });
    expect(new Set([...head, ...feedback]).size).toBe(30);
    expect(headAndFeedbackSubsets(names.toReversed(), { seed: 1, head: 20, feedback: 10 })).toEqual({ head, feedback });
    expect(headAndFeedbackSubsets(names, { seed: 2, head: 20, feedback: 10 }).head).not.toEqual(head);
    expect(() => headAndFeedbackSubsets(names, { seed: 1 })).toThrow("number of names");
  });

  it("reads class names", () => {
    expect(
      parseObjectInfo("Idx\tRatio\tTrain\tVal\tName\n1\t0.1\t2\t3\twall\r\n2\t0.1\t2\t3\tbuilding, edifice\n"),
    ).toEqual(["wall", "building, edifice"]);
    expect(ade20k.classes).toBe(150);
  });
});
