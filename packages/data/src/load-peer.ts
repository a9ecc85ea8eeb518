import { VptError } from "@vpt/contracts";

/**
 * Loads an optional peer package, which only those install who need it.
 *
 * @param what The function that needs it, as the user called it.
 * @param packages Its name on npm, or several separated by spaces.
 * @throws {VptError} With the command that installs it, when it is absent.
 */
export const loadPeer = async <T>(what: string, packages: string, load: () => Promise<T>): Promise<T> => {
  try {
    return await load();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    const names = packages.split(" ").join(" and ");
    throw new VptError(`${what}: needs ${names}, not installed here. Run npm install ${packages}`);
  }
};
