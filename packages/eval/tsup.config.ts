import { packageBuild } from "../../tsup.base.js";
import entries from "./entries.json" with { type: "json" };

// One entry a benchmark: what a user does not import costs nothing.
export default packageBuild({ index: "src/index.ts", ...entries });
