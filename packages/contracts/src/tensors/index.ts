export { assertSameStructure, clipByGlobalNorm, globalNorm, innerProduct, mapParams, pick } from "../params.js";
export { uploadToBackend } from "../upload-to-backend.js";
