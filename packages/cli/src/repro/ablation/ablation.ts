import { seedStudy } from "../seed-study.js";
import { describeAblation, summarize } from "./summarize.js";
import { runTinySeed } from "./tiny-seed.js";
import { tinyParameterCount, tinySettings } from "./tiny-start.js";

/** Paper table 4 at the scale of two cores: does the learned target beat every control, and is it the feedback that does it? */
export const ablation = seedStudy({
  name: "ablation",
  seeds: 10,
  firstSeed: 20,
  settings: tinySettings,
  row: (seed, progress) => runTinySeed(seed, { progress }),
  summarize: (rows) => ({ learnerParameters: tinyParameterCount(), ...summarize(rows) }),
  describe: describeAblation,
});
