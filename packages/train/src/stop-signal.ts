/** The first Ctrl-C or SIGTERM finishes the step and saves; the second ends at once. */
export function stopSignal(say: (line: string) => void): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.once(name, () => {
      say(`${name}: finishing this step, then saving; once more to end at once`);
      controller.abort();
      process.once(name, () => process.exit(130));
    });
  }
  return controller.signal;
}
