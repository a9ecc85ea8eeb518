import { short } from "./short.js";

/** Machines that hours are given for: assumptions, no measurements. */
const machines = [
  { name: "one H100, float32 products as TF32", flops: 1.2e14 },
  { name: "two cores", flops: 6e10 },
] as const;

/** Hours that so many operations would take, by machine. */
export const hoursOf = (flops: number): Readonly<Record<string, number>> =>
  Object.fromEntries(machines.map((machine) => [machine.name, flops / machine.flops / 3600]));

/** A plan's line of hours, with what is assumed. */
export const describeHours = (hours: Readonly<Record<string, number>>): string =>
  `- Hours, all methods, assumed: ${machines.map((machine) => describeMachine(machine, hours)).join("; ")}.`;

const describeMachine = ({ name, flops }: (typeof machines)[number], hours: Readonly<Record<string, number>>): string =>
  `${hours[name]!.toPrecision(2)} at ${short(flops, "FLOP/s")} (${name})`;
