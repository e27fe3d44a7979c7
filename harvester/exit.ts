/** Exit codes, as cron and systemd see them. */
export const EXIT = {
  /** The report is with a Nester; or an agent was told to end, and did. */
  delivered: 0,
  /** It waits in the outbox for the next run. */
  kept: 1,
  badConfiguration: 2,
  /** The Nester refuses the report, or the key. */
  refused: 3,
} as const;
