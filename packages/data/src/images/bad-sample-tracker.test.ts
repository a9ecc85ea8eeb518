import { expect, it } from "vitest";
import { createBadSampleTracker } from "./bad-sample-tracker.js";

it("counts each item once, tells of bad ones, and gives up past its budget", () => {
  const told: string[] = [];
  const quarantine = createBadSampleTracker("photos", {
    maxCorruptFraction: 0.02,
    onBad: ({ name }) => told.push(name),
  });
  for (let i = 0; i < 150; i++) quarantine.note(`${i}`, i % 75 === 0 ? "torn" : undefined);
  quarantine.note("0", "torn");
  expect([quarantine.seen, quarantine.bad.length, told]).toEqual([150, 2, ["0", "75"]]);
  quarantine.note("150", "empty");
  expect(() => quarantine.note("151", "empty")).toThrow("photos: 4 of 152 are bad, more than 2 %; the first, 0: torn");
});
