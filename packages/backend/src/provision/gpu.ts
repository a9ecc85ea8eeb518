import { existsSync } from "node:fs";

/** True when the NVIDIA driver shows a device and `CUDA_VISIBLE_DEVICES` does not hide all of them. */
export const seesGpu = (env: NodeJS.ProcessEnv = process.env): boolean => {
  const visible = env["CUDA_VISIBLE_DEVICES"];
  const hidden = visible !== undefined && (visible === "" || visible.startsWith("-1"));
  return !hidden && (existsSync("/dev/nvidiactl") || existsSync("/dev/dxg"));
};
