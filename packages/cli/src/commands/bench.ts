import { defineCommand } from "citty";

/** One file a benchmark; only the asked-for one loads. */
export const benchCommand = defineCommand({
  meta: {
    name: "bench",
    description: "Timings and memory, most beside PyTorch. Example: vpt bench step --reference torch",
  },
  subCommands: {
    step: () => import("./bench/step.js").then(({ stepCommand }) => stepCommand),
    value: () => import("./bench/value.js").then(({ valueCommand }) => valueCommand),
    memory: () => import("./bench/memory.js").then(({ memoryCommand }) => memoryCommand),
    dino: () => import("./bench/dino.js").then(({ dinoCommand }) => dinoCommand),
    data: () => import("./bench/data.js").then(({ dataCommand }) => dataCommand),
    generate: () => import("./bench/generate.js").then(({ generateCommand }) => generateCommand),
    matmul: () => import("./bench/matmul.js").then(({ matmulCommand }) => matmulCommand),
    allreduce: () => import("./bench/allreduce.js").then(({ allReduceCommand }) => allReduceCommand),
    parallel: () => import("./bench/parallel.js").then(({ parallelCommand }) => parallelCommand),
  },
});
