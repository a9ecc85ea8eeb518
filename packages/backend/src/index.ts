export { BackendError } from "./backend-error.js";
export { doctor } from "./doctor.js";
export type { DoctorCheck, DoctorReport } from "./doctor.js";
export { provisionRuntime } from "./provision-runtime.js";
export type { ProvisionedRuntime, ProvisionOptions } from "./provision-runtime.js";
export { useBackend } from "./use-backend.js";
export type { BackendInfo, BackendOptions } from "./use-backend.js";
