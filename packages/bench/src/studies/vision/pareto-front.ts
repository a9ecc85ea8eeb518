/** Which points no other point is at least as good as in all coordinates and better in one; larger is better. */
export const paretoFront = (points: readonly (readonly number[])[]): boolean[] =>
  points.map(
    (point) => !points.some((other) => other.every((x, i) => x >= point[i]!) && other.some((x, i) => x > point[i]!)),
  );
