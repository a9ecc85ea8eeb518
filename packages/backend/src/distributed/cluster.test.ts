import { describe, expect, it } from "vitest";
import { clusterOf, serverDefinition } from "./cluster.js";

const config = (cluster: object, task: object): string => JSON.stringify({ cluster, task });
const worker = ["a:1", "b:2"];

describe("clusterOf", () => {
  it("reads the processes and this one's place; chiefs come first", () => {
    expect(clusterOf(config({ worker }, { type: "worker", index: 1 }))).toEqual({ addresses: worker, rank: 1 });
    const chief = { chief: ["c:3"], worker };
    expect(clusterOf(config(chief, { type: "worker", index: "0" }))).toEqual({
      addresses: ["c:3", ...worker],
      rank: 1,
    });
  });

  it("is nothing for one process", () => {
    expect(clusterOf(undefined)).toBeUndefined();
    expect(clusterOf("")).toBeUndefined();
    expect(clusterOf(config({ worker: ["a:1"] }, { type: "worker", index: 0 }))).toBeUndefined();
  });

  it.each([
    ["{", /TF_CONFIG: expected JSON, received "\{"/],
    [config({ worker: ["a"] }, {}), /cluster\.worker: expected a list of host:port, received \["a"\]/],
    [config({ worker }, { type: "worker", index: 2 }), /task .*"index":2.* is none of the 2 processes/],
    [config({ worker }, { type: "evaluator", index: 0 }), /is none of the 2 processes/],
  ])("refuses %s", (text, message) => expect(() => clusterOf(text)).toThrow(message));
});

it("writes TensorFlow's ServerDef", () => {
  const text = Buffer.from(serverDefinition({ addresses: ["a:1", "b:2"], rank: 1 }, new Uint8Array())).toString(
    "latin1",
  );
  // cluster { job { name, tasks { 0: a:1 }, tasks { 1: b:2 } } }, as Python's ServerDef().SerializeToString() orders it
  expect(
    text.startsWith(
      "\n\x1c\n\x1a\n\x06worker\x12\x07\x08\x00\x12\x03a:1\x12\x07\x08\x01\x12\x03b:2\x12\x06worker\x18\x01",
    ),
  ).toBe(true);
  expect(text.endsWith("*\x04grpc")).toBe(true);
});
