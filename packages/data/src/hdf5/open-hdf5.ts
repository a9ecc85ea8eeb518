import { constants, realpathSync } from "node:fs";
import { VptError } from "@vpt/contracts";
import { loadPeer } from "../load-peer.js";

/** Half-open range of one axis; an empty one is the whole axis. */
export type Range = readonly [from: number, to: number] | readonly [];

/** An open HDF5 file. */
export interface Hdf5File {
  /** Lengths of a data set's axes. */
  shape(name: string): readonly number[];
  /** Numbers of a block of a data set, in its own type and order; only the block is read. */
  read(name: string, ranges: readonly Range[]): Uint8Array | Uint16Array | Int32Array | Float32Array | Float64Array;
  close(): void;
}

type H5wasm = typeof import("h5wasm/node");

/**
 * Opens an HDF5 file (MATLAB's v7.3 `.mat` is one) for reading blocks. The file alone is opened: external links, data
 * sets that lie in another file and virtual data sets are refused, whatever they name. Needs the package `h5wasm`.
 *
 * @throws {VptError} When it is no HDF5 file, has no such data set, or leads to another file; or when `h5wasm` is not
 *   installed.
 * @example
 * ```ts
 * const file = await openHdf5("nyu_depth_v2_labeled.mat");
 * const depth = file.read("depths", [[0, 1], [], []]);
 * file.close();
 * ```
 * @category hdf5
 */
export async function openHdf5(path: string): Promise<Hdf5File> {
  const h5wasm = await loadH5wasm();
  const { allowed, refused } = await sandbox(h5wasm);
  let real: string;
  try {
    real = realpathSync(path);
  } catch {
    throw new VptError(`${path}: no such file`);
  }
  allowed.add(real);
  /** Runs one call into the library; what it may not open ends it. */
  const guarded = <T>(what: string, call: () => T): T => {
    refused.length = 0;
    let result: { readonly value: T } | { readonly error: unknown };
    try {
      result = { value: call() };
    } catch (error) {
      result = { error };
    }
    if (refused.length > 0)
      throw new VptError(
        `${path}: ${what} lies in another file (${refused[0]}); links out of a file are not followed, ` +
          "copy the data into one",
      );
    if ("value" in result) return result.value;
    if (VptError.isInstance(result.error)) throw result.error;
    const reason = (result.error as Error).message.split("\n")[0];
    throw new VptError(`${path}: ${what} cannot be read: ${reason}`);
  };
  const file = guarded("the file", () => {
    const opened = new h5wasm.File(real, "r");
    if (opened.file_id < 0n) throw new VptError(`${path}: no HDF5 file; expected MATLAB v7.3 or .h5`);
    return opened;
  });
  const dataset = (name: string) =>
    guarded(JSON.stringify(name), () => {
      const found = file.get(name);
      if (found instanceof h5wasm.ExternalLink)
        throw new VptError(
          `${path}: ${JSON.stringify(name)} is a link to another file (${found.filename}), which is not ` +
            "followed; copy the data into one",
        );
      if (!(found instanceof h5wasm.Dataset))
        throw new VptError(
          `${path}: no data set ${JSON.stringify(name)}; it has ${file.keys().slice(0, 12).join(", ") || "nothing"}`,
        );
      const source = found.metadata.virtual_sources?.[0];
      if (source)
        throw new VptError(
          `${path}: ${JSON.stringify(name)} is virtual, its data lies in ${source.file_name}; copy the ` +
            "data into one file",
        );
      return found;
    });
  return {
    shape: (name) => dataset(name).shape ?? [],
    read(name, ranges) {
      const found = dataset(name);
      const data = guarded(JSON.stringify(name), () => found.slice(ranges.map((range) => [...range])));
      if (!ArrayBuffer.isView(data)) throw new VptError(`${path}: ${JSON.stringify(name)} holds no numbers`);
      return data as unknown as ReturnType<Hdf5File["read"]>;
    },
    close() {
      file.close();
      allowed.delete(real);
    },
  };
}

const loadH5wasm = (): Promise<H5wasm> => loadPeer("openHdf5", "h5wasm", () => import("h5wasm/node"));

interface Sandbox {
  readonly allowed: Set<string>;
  /** What the library tried to open since the list was emptied. */
  readonly refused: string[];
}
let guard: Promise<Sandbox> | undefined;

/**
 * HDF5 opens any file that a file names, also for raw data, where no call tells of it: so opening itself asks for
 * leave.
 */
const sandbox = (h5wasm: H5wasm): Promise<Sandbox> =>
  (guard ??= h5wasm.ready.then((library) => {
    library.activate_throwing_error_handler(); // otherwise it prints its own stack of messages
    const FS = library.FS as unknown as {
      open: (path: string, flags: unknown, ...rest: unknown[]) => unknown;
      ErrnoError: new (code: number) => Error;
    };
    const [allowed, refused] = [new Set<string>(), [] as string[]];
    const plugins = library.get_plugin_search_paths();
    const open = FS.open.bind(FS);
    FS.open = (path, flags, ...rest) => {
      // The handler of errors writes them to a temporary file of its own, which is new: nothing is read that was there.
      const isNew = typeof flags === "number" && (flags & constants.O_CREAT) !== 0 && (flags & constants.O_EXCL) !== 0;
      if (allowed.has(path) || (isNew && path.startsWith("/tmp/tmpfile_"))) return open(path, flags, ...rest);
      if (!plugins.includes(path)) refused.push(path);
      const notFound = 44;
      throw new FS.ErrnoError(notFound);
    };
    return { allowed, refused };
  }));
