/** What the process ends with. */
export const ExitCode = {
  done: 0,
  /** The store failed, or what was checked is not well. */
  failed: 1,
  /** A command, flag or setting is wrong. */
  usage: 2,
  /** There is no such session. */
  absent: 3,
  /** Not confirmed, so nothing was done. */
  declined: 4,
  /** Ended by Ctrl-C, as shells count it: 128 and the number of the signal. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
