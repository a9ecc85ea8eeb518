import { packageBuild } from "../../tsup.base.js";

export default packageBuild({
  index: "src/index.ts",
  "studies/index": "src/studies/index.ts",
  "bench-worker": "src/micro/bench-worker.ts",
  "overhead-worker": "src/micro/overhead-worker.ts",
  "seed-worker": "src/studies/seed-worker.ts",
});
