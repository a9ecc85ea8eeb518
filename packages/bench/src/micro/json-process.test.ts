import { expect, it } from "vitest";
import { startJsonProcess } from "./json-process.js";

const program = (answer: string): readonly [string, ...string[]] => [
  process.execPath,
  "-e",
  `console.error("note");
   require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
     const message = JSON.parse(line);
     console.log(JSON.stringify(${answer}));
   });`,
];
const failure = (why: string): string => `the peer ${why}`;

it("asks in turn, passes on what the process says is wrong, and what it writes to stderr", async () => {
  let logged = "";
  const log = (text: string): void => void (logged += text);
  const peer = startJsonProcess(
    program(`message.x < 0 ? { error: "x is " + message.x } : { root: message.x ** 0.5 }`),
    {
      name: "peer",
      failure,
      log,
    },
  );
  expect(await peer.ask({ x: 9 })).toEqual({ root: 3 });
  await expect(peer.ask({ x: -1 })).rejects.toThrow("peer: x is -1");
  expect(await peer.ask({ x: 4 })).toEqual({ root: 2 });
  peer.close();
  expect(logged).toBe("note\n");
});

it("says why a process that ended or never started does not answer", async () => {
  const ending = startJsonProcess(program("process.exit(3)"), { name: "peer", failure });
  await expect(ending.ask({})).rejects.toThrow("the peer ended with code 3: note");
  const absent = startJsonProcess(["/nowhere/program"], { name: "peer", failure });
  await expect(absent.ask({})).rejects.toThrow(/^the peer does not start \(spawn .*ENOENT\)$/);
});
