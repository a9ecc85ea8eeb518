import { join } from "node:path";

/** The folder of one method, or of `"pretrain"`, in a run folder. */
export const methodFolder = (out: string, method: string): string => join(out, method);
