import { onOneLine } from '../protocol/unseen.ts';

/**
 * What the Harvester tells the people of the site. Fields are for machines, the message for
 * people; neither ever holds the key.
 */
export interface Log {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const satisfies readonly LogLevel[];

/** Text from outside made fit for one line of a log: no control characters, not long. */
export function oneLine(text: string, limit = 200): string {
  const line = onOneLine(text);
  return line.length > limit ? `${line.slice(0, limit)}...` : line;
}

/** The reason an operation of the system failed, in one line. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return oneLine(error instanceof Error ? error.message : String(error));
}

/**
 * A log for `once`: says nothing while things go well. What went wrong is gathered and becomes
 * the one line that cron mails.
 */
export function createQuietLog(): Log & { problems: string[] } {
  const problems: string[] = [];
  const note = (message: string): void => {
    if (!problems.includes(message)) problems.push(message);
  };
  return { problems, debug: () => undefined, info: () => undefined, warn: note, error: note };
}

/** Says a thing once until it is settled, so that a trouble that lasts does not fill the log. */
export function createTroubleLog(log: Log) {
  const said = new Map<string, string>();
  return {
    /** `subject` is what has the trouble: another text about it is said again, the same is not. */
    trouble(subject: string, message: string): void {
      if (said.get(subject) === message) return;
      said.set(subject, message);
      log.warn(message);
    },
    /** What people should know and need not mend: said once like a trouble, but never mailed by cron. */
    notice(subject: string, message: string): void {
      if (said.get(subject) === message) return;
      said.set(subject, message);
      log.info(message);
    },
    /** It is well again; `message` is said if there was a trouble. */
    settled(subject: string, message: string): void {
      if (said.delete(subject)) log.info(message);
    },
  };
}
export type TroubleLog = ReturnType<typeof createTroubleLog>;
