/** What the process says when it ends; documented in docs/cli.md. */
export const exitCodes = {
  ok: 0,
  /** Everything was accepted, and some records ended as exceptions. */
  exceptions: 1,
  /** The command line or an input file is wrong; the server was not the reason. */
  usage: 2,
  /** The server refused, could not be reached, or did not finish in time. */
  server: 3,
  /** A defect of this command; its stack is on standard error. */
  defect: 70,
  /** Ended by Ctrl-C or SIGTERM, after the requests in flight; or by the answer no. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
