import type { Params } from "@vpt/contracts";

/** Named groups of tensors as one record, under `group/name`: the same tensors. */
export const flattenGroups = (groups: Readonly<Record<string, Params>>): Params =>
  Object.fromEntries(
    Object.entries(groups).flatMap(([group, tensors]) =>
      Object.entries(tensors).map(([name, tensor]) => [`${group}/${name}`, tensor]),
    ),
  );

/** One group of what {@link flattenGroups} made: the same tensors under their own names. */
export const groupOf = (flat: Params, group: string): Params =>
  Object.fromEntries(
    Object.entries(flat).flatMap(([key, tensor]) =>
      key.startsWith(`${group}/`) ? [[key.slice(group.length + 1), tensor] as const] : [],
    ),
  );
