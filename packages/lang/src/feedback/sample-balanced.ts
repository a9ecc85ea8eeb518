import type { Random } from "@vpt/core";
import type { Example } from "../language-batch.js";
import { sampleRows } from "./sample-rows.js";

/** `count` different rows in random order, as many of each domain; which domains give the odd ones is drawn. */
export function sampleBalanced(examples: readonly Example[], count: number, random: Random): Example[] {
  const domains = [...new Set(examples.map(({ domain }) => domain))];
  if (domains.length < 2) return sampleRows(examples, count, random);
  return sampleRows(domains, domains.length, random).flatMap((domain, i) => {
    const share = Math.floor(count / domains.length) + (i < count % domains.length ? 1 : 0);
    return sampleRows(
      examples.filter((example) => example.domain === domain),
      share,
      random,
    );
  });
}
