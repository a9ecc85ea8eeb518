import { packageBuild } from "../../tsup.base.js";

export default packageBuild({
  index: "src/index.ts",
  "hdf5/index": "src/hdf5/index.ts",
  "images/index": "src/images/index.ts",
  "parquet/index": "src/parquet/index.ts",
  "crop-worker": "src/images/crops/crop-worker.ts",
});
