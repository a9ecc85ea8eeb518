import type { StudyRegistry } from "@vpt/bench/studies";

/** Studies by the name that `vpt repro --module ./studies/src/index.ts NAME` takes. */
export const studies: StudyRegistry = {
  "prior-free": () => import("./prior-free/prior-free.js").then(({ priorFreeStudy }) => priorFreeStudy),
  "target-headroom": () => import("./target-headroom/target-headroom.js").then(({ targetHeadroom }) => targetHeadroom),
};
