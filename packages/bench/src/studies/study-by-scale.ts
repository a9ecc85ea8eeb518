import { VptError } from "@vpt/core";
import type { Study } from "./study.js";

/** Joins studies of different scales under one name: each call goes to the study that has the scale. */
export const studyByScale = (...parts: readonly Study[]): Study => {
  const at = (scale: unknown): Study => {
    const found = parts.find(({ scales }) => scales.includes(String(scale)));
    if (found) return found;
    const known = parts.flatMap(({ scales }) => scales).join(", ");
    throw new VptError(`scale: expected one of ${known}, received ${JSON.stringify(scale)}`);
  };
  return {
    scales: parts.flatMap(({ scales }) => scales),
    run: (options) => at(options.scale).run(options),
    plan: (options) => at(options.scale).plan!(options),
    fromRows: (json) => {
      const study = at(json["scale"]);
      if (study.fromRows) return study.fromRows(json);
      throw new VptError(`--from: a result of scale ${String(json["scale"])} has no rows to make a table from`);
    },
  };
};
