/** Mean of ImageNet's colours in [0, 1]. */
export const imageMean = [0.485, 0.456, 0.406] as const;
/** Their standard deviation. */
export const imageDeviation = [0.229, 0.224, 0.225] as const;
