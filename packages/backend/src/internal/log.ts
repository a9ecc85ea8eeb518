/** Receives one finished line at a time. */
export type Log = (line: string) => void;
