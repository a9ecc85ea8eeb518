// A TypeDoc plugin: modules are called as they are imported, `@vpt/core/run`, not as their files lie.
import { Converter, ReflectionKind } from "typedoc";
import { entryPoints } from "./entry-points.mjs";

export const load = (app) => {
  const names = new Map(entryPoints.map(({ name, file }) => [file.replace(/\/index\.ts$|\.ts$/, ""), name]));
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (_, reflection) => {
    if (!reflection.kindOf(ReflectionKind.Module)) return;
    const found = [...names].find(([file]) => file === `packages/${reflection.name}` || file === reflection.name);
    if (found) reflection.name = found[1];
  });
};
