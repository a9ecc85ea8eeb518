import { defineCommand } from "citty";

/** The command tree; a command's packages load only when it runs. */
export const program = defineCommand({
  meta: {
    name: "vpt",
    version: "0.0.0",
    description: "V-Pretraining: value-based pretraining with downstream feedback",
  },
  subCommands: {
    doctor: () => import("./doctor.js").then(({ doctorCommand }) => doctorCommand),
    setup: () => import("./setup.js").then(({ setupCommand }) => setupCommand),
    train: () => import("./train.js").then(({ trainCommand }) => trainCommand),
    launch: () => import("./launch.js").then(({ launchCommand }) => launchCommand),
    eval: () => import("./eval.js").then(({ evalCommand }) => evalCommand),
    export: () => import("./export.js").then(({ exportCommand }) => exportCommand),
    decontaminate: () => import("./decontaminate.js").then(({ decontaminateCommand }) => decontaminateCommand),
    probe: () => import("./probe.js").then(({ probeCommand }) => probeCommand),
    repro: () => import("./repro.js").then(({ reproCommand }) => reproCommand),
    bench: () => import("./bench.js").then(({ benchCommand }) => benchCommand),
    report: () => import("./report.js").then(({ reportCommand }) => reportCommand),
  },
});
