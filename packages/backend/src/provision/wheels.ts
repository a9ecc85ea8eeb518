import { BackendError } from "../backend-error.js";

/** The version that is fetched; a library that is already there may be another. */
export const tensorflowVersion = "2.21.0";

export type LibraryDevice = "cpu" | "cuda";

export interface Wheel {
  readonly package: "tensorflow" | "tensorflow-cpu";
  readonly file: string;
  readonly platform: string;
  readonly sha256: string;
}

const wheel = (name: Wheel["package"], platform: string, sha256: string): Wheel => ({
  package: name,
  file: `${name.replace("-", "_")}-${tensorflowVersion}-cp311-cp311-${platform}.whl`,
  platform,
  sha256,
});

/**
 * The wheels of all CPython versions carry the same C++ library; we always take cp311, so one hash a platform is
 * enough.
 */
const wheels: Readonly<Record<string, Wheel>> = {
  "x64 cpu": wheel(
    "tensorflow-cpu",
    "manylinux_2_27_x86_64",
    "2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c",
  ),
  "x64 cuda": wheel(
    "tensorflow",
    "manylinux_2_27_x86_64",
    "9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124",
  ),
  "arm64 cpu": wheel(
    "tensorflow",
    "manylinux_2_27_aarch64",
    "4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c",
  ),
};

/** The wheel for a device on this machine. */
export const wheelFor = (device: LibraryDevice, platform = process.platform, arch: string = process.arch): Wheel => {
  const found = platform === "linux" ? wheels[`${arch} ${device}`] : undefined;
  if (found) return found;
  throw new BackendError({
    step: "platform",
    problem:
      `TensorFlow ${tensorflowVersion} for ${device} is provisioned on Linux x64 (cpu, cuda) and Linux ` +
      `arm64 (cpu); this is ${platform} ${arch}`,
    fix:
      'use the wasm backend, useBackend({ device: "wasm" }), or set VPT_TENSORFLOW_DIR to a folder ' +
      "with libtensorflow_cc.so.2 and include/",
  });
};
