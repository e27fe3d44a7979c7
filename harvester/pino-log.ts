import type { DestinationStream } from 'pino';
import type { Log, LogLevel } from './log.ts';

/** Where log lines go: the error output, as JSON lines, or as text for a person at a terminal. */
export interface LogSink {
  write(text: string): unknown;
  isTerminal: boolean;
}

/**
 * The log of a process that stays. Loaded only then: a run from cron has no use for it, and
 * starts faster without.
 */
export async function createPinoLog(sink: LogSink, level: LogLevel): Promise<Log> {
  const { pino } = await import('pino');
  const stream: DestinationStream = sink.isTerminal
    ? (await import('pino-pretty')).PinoPretty({
        colorize: true,
        sync: true,
        ignore: 'pid,hostname,program',
        translateTime: 'SYS:HH:MM:ss',
        destination: asWritable(sink, (await import('node:stream')).Writable),
      })
    : { write: (text) => void sink.write(text) };
  const logger = pino({ level, base: { program: 'harvester' } }, stream);
  return {
    debug: (message, fields) => logger.debug(fields ?? {}, message),
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
  };
}

function asWritable(sink: LogSink, Writable: typeof import('node:stream').Writable) {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      sink.write(chunk.toString());
      done();
    },
  });
}
