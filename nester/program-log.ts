import { type DestinationStream, type Logger, pino } from 'pino';
import { PinoPretty } from 'pino-pretty';
import { withoutUnseen } from '../protocol/unseen.ts';

/**
 * The log on the error output: one JSON line each for machines, readable text at a terminal.
 * Written at once, so that the last words of a process that ends are never lost.
 */
export function createProgramLog(level: string, isTerminal: boolean): Logger {
  const stream: DestinationStream = isTerminal
    ? PinoPretty({ destination: 2, sync: true, colorize: true, ignore: 'pid,hostname,program', translateTime: 'SYS:HH:MM:ss' })
    : // A log reader that went away must not end Nester.
      pino.destination({ dest: 2, sync: true }).on('error', () => undefined);
  return pino({ level, base: { program: 'nester' }, hooks: { logMethod: withoutUnseenArguments }, serializers: { err: readableError } }, stream);
}

/**
 * Names, addresses and what was found in files come from outside, and a log line is read by
 * people at terminals: nothing in it moves their cursor, colours their screen or begins a line.
 */
function withoutUnseenArguments(this: Logger, args: unknown[], write: (...args: never[]) => void): void {
  write.apply(this, args.map((arg) => (typeof arg === 'string' ? withoutUnseen(arg) : arg)) as never[]);
}

function readableError(error: unknown): unknown {
  if (!(error instanceof Error)) return withoutUnseen(String(error));
  const stack = (error.stack ?? '').split('\n').map(withoutUnseen).join('\n');
  const code = 'code' in error ? withoutUnseen(String(error.code)) : undefined;
  const cause = error.cause === undefined ? undefined : readableError(error.cause);
  return { type: error.name, message: withoutUnseen(error.message), stack, ...(code === undefined ? {} : { code }), ...(cause === undefined ? {} : { cause }) };
}
