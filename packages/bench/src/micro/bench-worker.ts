import { createProgress, type Progress } from "@vpt/train";
import { processParts } from "./benchmarks.js";

// One of the processes that runProcesses starts: the benchmark and its options as JSON are the arguments; the result
// goes to stdout as one line of JSON.
const [name, values] = process.argv.slice(2) as [keyof typeof processParts, string];
const run = processParts[name] as (values: unknown, progress: Progress) => Promise<object>;
console.log(JSON.stringify(await run(JSON.parse(values), createProgress())));
