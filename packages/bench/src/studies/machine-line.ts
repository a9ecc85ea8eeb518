import { execFileSync } from "node:child_process";
import { cpus } from "node:os";

/** What a result was measured with: commit, processor, Node. */
export function machineLine(): string {
  const processors = cpus();
  return (
    `commit ${commit()}, ${processors.length} × ` +
    `${processors[0]?.model.trim() ?? "unknown processor"}, Node ${process.version}`
  );
}

function commit(): string {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return "unknown"; // installed from a package
  }
}
