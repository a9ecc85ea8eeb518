import type { Study } from "../study.js";
import { seedStudy } from "../seed-study.js";
import { studyByScale } from "../study-by-scale.js";
import { concludeSmall, planSmall, runSmall } from "./small.js";
import { ablationFigure, ablationPage, summarize } from "./tiny-summary.js";
import { runTinySeed } from "./tiny-seed.js";
import { tinyParameterCount, tinySettings } from "./tiny-start.js";

const tiny = seedStudy({
  name: "ablation",
  seeds: 10,
  firstSeed: 20,
  settings: tinySettings,
  row: (seed, progress) => runTinySeed(seed, { progress }),
  summarize: (rows) => ({ learnerParameters: tinyParameterCount(), ...summarize(rows) }),
  page: ablationPage,
  figure: (summary) => ablationFigure(summary),
});

const small: Study = { scales: ["small"], run: runSmall, plan: planSmall, fromRows: concludeSmall };

/** Paper table 4 at two scales: does the learned target beat every control, and is it the feedback that does it? */
export const ablation: Study = studyByScale(tiny, small);
