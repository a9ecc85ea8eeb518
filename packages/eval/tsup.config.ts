import { packageBuild } from "../../tsup.base.js";

// One entry a benchmark: what a user does not import costs nothing.
export default packageBuild(["src/*.ts", "!src/*.test.ts"]);
