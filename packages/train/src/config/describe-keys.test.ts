import { expect, it } from "vitest";
import type { z } from "zod";
import { runConfigSchema } from "../language/config.js";
import { visionConfigSchema } from "../vision/config.js";
import { describeKeys } from "./describe-keys.js";
import { branches, metaOf } from "./schema-tree.js";
import { sharedConfigSchema } from "./shared-config.js";

/** Keys without a description, in every branch of every union; keys of the same name are each looked at. */
const undescribed = (schema: unknown, path = ""): string[] =>
  branches(schema).flatMap(({ shape, element, valueType }) => [
    ...Object.entries(shape ?? {}).flatMap(([key, inner]) => {
      const here = path === "" ? key : `${path}.${key}`;
      return [...(metaOf(inner, "description") === undefined ? [here] : []), ...undescribed(inner, here)];
    }),
    ...(element === undefined ? [] : undescribed(element, `${path}[]`)),
    ...(valueType === undefined ? [] : undescribed(valueType, `${path}.<name>`)),
  ]);

const schemas: readonly [string, z.ZodType][] = [
  ["language", runConfigSchema],
  ["vision", visionConfigSchema],
  ["shared", sharedConfigSchema(["baseline"])],
];

it.each(schemas)("every key of a %s configuration has a description", (_, schema) => {
  expect(undescribed(schema)).toEqual([]);
  expect(describeKeys(schema)).toContain("learner steps of each method");
});
