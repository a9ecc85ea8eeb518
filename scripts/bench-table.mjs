// Makes docs/benchmarks/README.md from the files that `vpt bench … --out docs/benchmarks` keeps there.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../docs/benchmarks/", import.meta.url));
const files = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .sort();

const pairs = (record, write) =>
  Object.entries(record ?? {})
    .map(([name, value]) => `${name} ${write(value)}`)
    .join(", ");
const seconds = ({ timing: { median, low, high } }) =>
  `${median.toPrecision(3)} s [${low.toPrecision(3)}, ${high.toPrecision(3)}]`;
const comparisonOf = ({ comparison, alone, together, apart }) =>
  comparison ?? (alone && { alone, together, ...(apart && { apart }) }) ?? {};
const ratiosOf = ({ ratios, ratio }) => ratios ?? (ratio === undefined ? {} : { memory: ratio });

const ratios = (result) =>
  Object.entries(ratiosOf(result))
    .map(([name, ratio]) => {
      const fastest = result.fastestRatios?.[name];
      return `${name} ${ratio.toFixed(2)}${fastest === undefined ? "" : ` (fastest ${fastest.toFixed(2)})`}`;
    })
    .join(", ");

const table = (rows) => {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(" | ")} |`;
  return [line(rows[0]), line(widths.map((width) => "-".repeat(width))), ...rows.slice(1).map(line)].join("\n");
};

const sections = files.map((name) => {
  const { date, machine, software, results } = JSON.parse(readFileSync(`${folder}${name}`, "utf8"));
  const rows = Object.entries(results).map(([command, result]) => [
    `\`${command}\``,
    ratios(result) || "–",
    pairs(comparisonOf(result), seconds) || "–",
  ]);
  const torch = Object.values(results).find((result) => result.torch)?.torch;
  const versions = Object.entries({ ...software, ...(torch && { torch }) }).map(
    ([what, version]) => `${what} ${version}`,
  );
  return `## ${date}, ${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB

${versions.join(", ")}. [${name}](${name})

${table([["command", "ratios", "median [quartiles]"], ...rows])}
`;
});

const origin =
  "`node scripts/bench-table.mjs` makes this page from the results that `vpt bench … --out docs/benchmarks` keeps. " +
  "[Performance](../performance.md) says what they mean.";
const legend =
  "A ratio is the reference's time ÷ ours, so above 1 we are faster. Four differ: `memory` is our peak ÷ the " +
  "reference's; `r` is a V-Pretraining step ÷ a baseline step, measured or counted; `throughput` is the tokens a " +
  "second of two processes ÷ those of one; `apart` is the same of processes that do not communicate. The ratio of " +
  "the fastest runs is in brackets, because other load on the host only adds time.";
writeFileSync(`${folder}README.md`, ["# Benchmarks", origin, legend, sections.join("\n")].join("\n\n"));
