import type { Study } from "@vpt/bench/studies";

/** Studies by the name that `vpt repro --module studies/src/index.ts NAME` takes. */
export const studies: Readonly<Record<string, () => Promise<Study>>> = {
  "prior-free": () => import("./prior-free/prior-free.js").then(({ priorFreeStudy }) => priorFreeStudy),
  reach: () => import("./target-headroom/target-headroom.js").then(({ targetHeadroom }) => targetHeadroom),
};
