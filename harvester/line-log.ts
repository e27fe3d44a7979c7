import { withoutUnseen } from '../protocol/unseen.ts';
import type { Log, LogLevel } from './log.ts';

/** Where log lines go: the error output, as JSON lines, or as text for a person at a terminal. */
export interface LogSink {
  write(text: string): unknown;
  isTerminal: boolean;
}

/** Numbers as pino and many log collectors know them. */
const LEVELS = { debug: 20, info: 30, warn: 40, error: 50, silent: Infinity } as const satisfies Record<LogLevel, number>;
type Spoken = Exclude<LogLevel, 'silent'>;

const COLOURS: Record<Spoken, string> = { debug: '\u001b[34m', info: '\u001b[32m', warn: '\u001b[33m', error: '\u001b[31m' };
const PLAIN = '\u001b[39m';

/**
 * The log of a process that stays: one line for each message, of the form that Nester's own has
 * (pino). By hand, since a few lines an hour are not worth a quarter of this program's size.
 */
export function createLineLog(sink: LogSink, least: LogLevel, now: () => number): Log {
  const write = sink.isTerminal ? textOf : jsonOf;
  const at =
    (level: Spoken) =>
    (message: string, fields: Record<string, unknown> = {}): void => {
      if (LEVELS[level] >= LEVELS[least]) sink.write(write(level, now(), message, fields));
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function jsonOf(level: Spoken, nowMs: number, message: string, fields: Record<string, unknown>): string {
  return `${withoutUnseen(JSON.stringify({ level: LEVELS[level], time: nowMs, program: 'harvester', ...fields, msg: message }))}\n`;
}

/** A stack has lines of its own. */
function linesOf(text: string): string {
  return text.split('\n').map(withoutUnseen).join('\n');
}

/** `[08:00:00] INFO: reporting as lyon-01`, and each field on a line of its own. */
function textOf(level: Spoken, nowMs: number, message: string, fields: Record<string, unknown>): string {
  const clock = new Date(nowMs).toTimeString().slice(0, 8);
  const more = Object.entries(fields).filter(([, value]) => value !== undefined);
  const lines = more.map(([name, value]) => `    ${name}: ${typeof value === 'string' ? linesOf(value) : withoutUnseen(JSON.stringify(value))}\n`);
  return `[${clock}] ${COLOURS[level]}${level.toUpperCase()}${PLAIN}: ${withoutUnseen(message)}\n${lines.join('')}`;
}
