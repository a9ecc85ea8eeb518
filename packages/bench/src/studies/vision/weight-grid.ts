/** α_seg and α_dep of the feedback: from segmentation alone to depth alone. */
export const weightGrid = [
  [1, 0],
  [4, 1],
  [2, 1],
  [1, 1],
  [1, 2],
  [1, 4],
  [0, 1],
] as const;
