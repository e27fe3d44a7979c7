import { type DestinationStream, type Logger, pino } from 'pino';
import { PinoPretty } from 'pino-pretty';

/**
 * The log on the error output: one JSON line each for machines, readable text at a terminal.
 * Written at once, so that the last words of a process that ends are never lost.
 */
export function createProgramLog(level: string, isTerminal: boolean): Logger {
  const stream: DestinationStream = isTerminal
    ? PinoPretty({ destination: 2, sync: true, colorize: true, ignore: 'pid,hostname,program', translateTime: 'SYS:HH:MM:ss' })
    : // A log reader that went away must not end Nester.
      pino.destination({ dest: 2, sync: true }).on('error', () => undefined);
  return pino({ level, base: { program: 'nester' } }, stream);
}
