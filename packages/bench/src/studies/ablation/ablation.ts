import type { Study } from "../study.js";
import { seedStudy } from "../seed-study.js";
import { concludeSmall, planSmall, runSmall } from "./small.js";
import { ablationFigure, describeAblation, summarize } from "./tiny-summary.js";
import { runTinySeed } from "./tiny-seed.js";
import { tinyParameterCount, tinySettings } from "./tiny-start.js";

const tiny = seedStudy({
  name: "ablation",
  seeds: 10,
  firstSeed: 20,
  settings: tinySettings,
  row: (seed, progress) => runTinySeed(seed, { progress }),
  summarize: (rows) => ({ learnerParameters: tinyParameterCount(), ...summarize(rows) }),
  describe: describeAblation,
  figure: (summary) => ablationFigure(summary),
});

/** Paper table 4 at two scales: does the learned target beat every control, and is it the feedback that does it? */
export const ablation: Study = {
  scales: ["tiny", "small"],
  run: (options) => (options.scale === "small" ? runSmall(options) : tiny.run(options)),
  fromRows: (json) => (json["scale"] === "small" ? concludeSmall(json) : tiny.fromRows!(json)),
  plan: (options) => (options.scale === "small" ? planSmall(options) : tiny.plan!(options)),
};
