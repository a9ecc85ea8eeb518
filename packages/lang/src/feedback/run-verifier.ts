/** Why a check gave no reward. */
export type UnscoredReason = "threw" | "timed out" | "not a number";

/** What checks one completion: a reward, at once or later. It may throw, take too long, or not know (NaN). */
export type Verifier = (given: {
  readonly prompt: string;
  readonly text: string;
}) => number | boolean | Promise<number | boolean>;

/**
 * A reward, or why there is none; never throws. `true` is 1 and `false` 0. It cannot interrupt a check that blocks the
 * thread.
 */
export async function runVerifier(
  verify: Verifier,
  given: { readonly prompt: string; readonly text: string },
  timeout: number,
): Promise<number | UnscoredReason> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const bell = new Promise<"timed out">((resolve) => (timer = setTimeout(() => resolve("timed out"), timeout)));
  try {
    const answer = await Promise.race([Promise.resolve(verify(given)), bell]);
    if (answer === "timed out") return answer;
    const reward = Number(answer);
    return Number.isFinite(reward) ? reward : "not a number";
  } catch {
    return "threw";
  } finally {
    clearTimeout(timer);
  }
}
