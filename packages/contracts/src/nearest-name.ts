const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++)
      next.push(Math.min(next[j]! + 1, row[j + 1]! + 1, row[j]! + (a[i] === b[j] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
};

/** The candidate fewest edits away from `word`, if one is close enough to be meant. */
export const nearestName = (word: string, candidates: readonly string[]): string | undefined => {
  if (word.length > 200) return undefined;
  const limit = Math.max(1, Math.floor(word.length / 3));
  const close = candidates.filter((each) => Math.abs(each.length - word.length) <= limit).slice(0, 2000);
  const scored = close.map((each) => ({ each, cost: distance(word, each) })).sort((a, b) => a.cost - b.cost);
  return scored[0] !== undefined && scored[0].cost <= limit ? scored[0].each : undefined;
};
