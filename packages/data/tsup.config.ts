import { packageBuild } from "../../tsup.base.js";

export default packageBuild(["src/index.ts", "src/images/index.ts", "src/parquet/index.ts"]);
