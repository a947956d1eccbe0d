/** The exit codes of every command but `exec`, which ends as its job does. */

/** What the process ends with. `defect` says that tractledger itself is wrong: EX_SOFTWARE of sysexits.h. */
export const exitCodes = { done: 0, checkFailed: 1, wrongUse: 2, unreachable: 3, damaged: 4, defect: 70 } as const;

/** One of {@link exitCodes}. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
