const shown = 3;

/** Returns a callback that logs the first three different records that are left out. */
export function logSkipped(log: (line: string) => void): (message: string) => void {
  const seen = new Set<string>();
  return (message) => {
    if (seen.size >= shown || seen.has(message)) return;
    seen.add(message);
    log(`left out ${message}`);
  };
}
