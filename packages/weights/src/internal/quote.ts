/** Text from a file, fit for an error message: escaped, and cut when long. */
export const quote = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
