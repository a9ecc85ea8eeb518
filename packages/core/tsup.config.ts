import { packageBuild } from "../../tsup.base.js";

export default packageBuild(["src/index.ts", "src/run/index.ts", "src/testing/index.ts"]);
