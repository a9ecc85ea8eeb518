export { readParquet } from "./read-parquet.js";
export type { ParquetStream, ReadParquetOptions } from "./read-parquet.js";
export { readProblems } from "./read-problems.js";
export type { ReadProblemsOptions } from "./read-problems.js";
export { readRecords } from "./read-records.js";
export type { ReadRecordsOptions } from "./read-records.js";
export { splitFilesIn } from "./split-files-in.js";
