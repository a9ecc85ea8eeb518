import { expect, it } from "vitest";
import { dinoCollapseDetector } from "./dino-collapse-detector.js";

const healthy = { mask: 0.6, teacherEntropy: 2, logitDeviation: 0.1 };

it("speaks once when a collapse has lasted, and again after a recovery", () => {
  const alarm = dinoCollapseDetector({ outputs: 256, patience: 3 });
  const cries = (numbers: object, steps: number): string[] =>
    Array.from({ length: steps }, (_, step) => alarm({ step, ...healthy, ...numbers }) ?? "").filter(Boolean);
  expect(cries({}, 10)).toEqual([]);
  expect(cries({ mask: 0.995 }, 5)).toEqual([
    expect.stringMatching(/^step 2: for 3 steps masks have kept nearly every/),
  ]);
  expect(cries({}, 1)).toEqual([]);
  expect(cries({ mask: 0.001 }, 3)).toEqual([expect.stringMatching(/kept nearly nothing/)]);
  expect(cries({ teacherEntropy: 0.01 }, 3)).toEqual([expect.stringMatching(/one prototype for sure/)]);
  expect(cries({ teacherEntropy: 5.54 }, 3)).toEqual([expect.stringMatching(/told images apart no longer/)]);
  expect(cries({}, 1)).toEqual([]);
  expect(cries({ logitDeviation: 1e-5 }, 3)).toEqual([expect.stringMatching(/told images apart no longer/)]);
});

it("a run without masks is watched for its teacher alone", () => {
  const alarm = dinoCollapseDetector({ outputs: 4, patience: 1 });
  expect(alarm({ step: 0, teacherEntropy: 1, logitDeviation: 0.1 })).toBeUndefined();
  expect(() => dinoCollapseDetector({ outputs: 1 })).toThrow(/expected at least 2/);
});
