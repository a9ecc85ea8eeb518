import { join } from "node:path";
import { fileSize } from "../internal/files.js";
import type { LibraryDevice } from "./wheels.js";

export const libraryFiles = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"] as const;

/**
 * A folder with TensorFlow's C++ library and its headers under `include/`: the `tensorflow` folder of a Python install
 * has this shape.
 */
export interface Library {
  readonly directory: string;
  readonly device: LibraryDevice;
  readonly origin: "VPT_TENSORFLOW_DIR" | "cache" | "python";
}

/** Sizes of the library's files, or undefined when one (or the C API header) is missing. */
export const librarySizes = async (directory: string): Promise<readonly number[] | undefined> => {
  const header = await fileSize(join(directory, "include", "tensorflow", "c", "eager", "c_api.h"));
  const sizes = await Promise.all(libraryFiles.map((name) => fileSize(join(directory, name))));
  const present = sizes.filter((size) => size !== undefined && size > 0) as number[];
  return header && present.length === libraryFiles.length ? present : undefined;
};
