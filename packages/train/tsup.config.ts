import { packageBuild } from "../../tsup.base.js";

export default packageBuild(["src/index.ts", "src/language/index.ts", "src/vision/index.ts", "src/testing/index.ts"]);
