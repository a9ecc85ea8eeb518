export {
  assertSameStructure,
  clipByGlobalNorm,
  cloneParams,
  globalNorm,
  innerProduct,
  mapParams,
  pick,
} from "../params.js";
export { uploadToBackend } from "../upload-to-backend.js";
