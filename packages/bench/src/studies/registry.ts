import type { Study, StudyRegistry } from "./study.js";
import { studyByScale } from "./study-by-scale.js";

const languageStudy = async (name: string): Promise<Study> => {
  const { languageStudyOf } = await import("./language/language-study.js");
  return languageStudyOf(name);
};
const languageNames = ["main-language", "qwen25", "transfer-language", "decontam", "passk"];

/** The studies of this package, by the name that `vpt repro` takes; a study's packages load only when it runs. */
export const studies: StudyRegistry = {
  ablation: () => import("./ablation/ablation.js").then(({ ablation }) => ablation),
  estimators: () => import("./estimators/estimators.js").then(({ estimatorsStudy }) => estimatorsStudy),
  "feedback-size": async () => {
    const { feedbackSizeStudy } = await import("./feedback-size/feedback-size.js");
    return studyByScale(feedbackSizeStudy, await languageStudy("feedback-size"));
  },
  tokens: async () => {
    const { tokensStudy } = await import("./tokens/tokens.js");
    return studyByScale(tokensStudy, await languageStudy("tokens"));
  },
  probe: () => import("./probe/probe.js").then(({ probeStudy }) => probeStudy),
  ...Object.fromEntries(languageNames.map((name) => [name, () => languageStudy(name)])),
  "main-vision": () => import("./vision/main-vision.js").then(({ mainVisionStudy }) => mainVisionStudy),
  pareto: () => import("./vision/pareto.js").then(({ paretoStudy }) => paretoStudy),
  "transfer-vision": () => import("./vision/transfer-vision.js").then(({ transferVisionStudy }) => transferVisionStudy),
};
