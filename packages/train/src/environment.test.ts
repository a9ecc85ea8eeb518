import { expect, it } from "vitest";
import { environment } from "./environment.js";

it("names processor, memory and versions", () => {
  const { processor, memory, node, "TensorFlow.js": tfjs } = environment();
  expect(processor).toMatch(/^\d+ × .+/);
  expect(memory).toMatch(/^\d+ GiB$/);
  expect([node, tfjs]).toEqual([process.version, expect.stringMatching(/^4\./)]);
});
