import { METRIC_NAME } from '../../protocol/metric-name.ts';
import { oneLine, type TroubleLog } from '../log.ts';
import type { ChildResult, RunChild } from './child.ts';
import type { OwnProgram, OwnPrograms } from './own-programs.ts';

/** Names and values, in the order of the programs and of their lines. */
export type MeasureOwn = (signal?: AbortSignal) => Promise<(readonly [string, number])[]>;

export interface OwnMeasurementsDeps {
  list: () => Promise<OwnPrograms>;
  run: RunChild;
  deadlineMs: number;
  troubles: TroubleLog;
}

const LIMIT_BYTES = 64 * 1024;
/** All are started at once; a site that measures more can do so in one program. */
const MOST_PROGRAMS = 32;
const LONGEST_MS = 5_000;
const LEAST_MS = 1_000;
/** What it may take to end a program that does not want to. */
const KILLING_MS = 1_100;

/** How long a program may take: five seconds, or less where rounds follow each other faster. */
export function ownDeadlineMs(intervalMs: number): number {
  return Math.max(LEAST_MS, Math.min(LONGEST_MS, intervalMs - KILLING_MS));
}

/**
 * Runs the site's own programs, all at the same time and without arguments. One that fails,
 * hangs or prints too much gives nothing; of one that prints a line that is no measurement, the
 * other lines count. What is wrong with a program is said once, until it is well again. Never rejects.
 */
export function createOwnMeasurements({ list, run, deadlineMs, troubles }: OwnMeasurementsDeps): MeasureOwn {
  const broken = new Map<string, string>();

  /** The first complaint stands, so that garbage that changes does not fill the log. */
  function complain(subject: string, message: string): void {
    const first = broken.get(subject) ?? message;
    broken.set(subject, first);
    troubles.trouble(subject, first);
  }
  function settle(subject: string, message: string): void {
    if (broken.delete(subject)) troubles.settled(subject, message);
  }

  async function measureWith({ name, path }: OwnProgram, signal: AbortSignal | undefined): Promise<(readonly [string, number])[]> {
    const shown = oneLine(name, 60);
    const result = await run(path, [], { deadlineMs, limitBytes: LIMIT_BYTES, signal });
    if (result.outcome === 'aborted') return [];
    const isWell = result.outcome === 'exited' && result.code === 0;
    const { values, problem } = isWell ? readMeasurements(result.stdout.toString('utf8')) : { values: [], problem: complaintOf(result, deadlineMs) };
    if (problem === undefined) settle(path, `own measurement ${shown} is well again`);
    else complain(path, `own measurement ${shown}: ${problem}`);
    return values;
  }

  return async function measureOwn(signal) {
    const { programs, refused } = await list();
    for (const { path, why } of refused) complain(path, `own measurements, ${oneLine(path)}: ${why}`);
    if (programs.length > MOST_PROGRAMS) complain('own measurements', `only the first ${MOST_PROGRAMS} own measurements are run, of ${programs.length}`);
    const known = new Set([...programs.slice(0, MOST_PROGRAMS), ...refused].map(({ path }) => path));
    for (const path of broken.keys()) {
      if (path !== 'own measurements' && !known.has(path)) settle(path, `own measurements, ${oneLine(path)}: no longer there`);
    }
    if (programs.length <= MOST_PROGRAMS) settle('own measurements', 'all own measurements are run again');
    return (await Promise.all(programs.slice(0, MOST_PROGRAMS).map((program) => measureWith(program, signal)))).flat();
  };
}

const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/** Lines of `name value`. Empty ones and those that begin with `#` say nothing. */
export function readMeasurements(text: string): { values: (readonly [string, number])[]; problem: string | undefined } {
  const values: (readonly [string, number])[] = [];
  let problem: string | undefined;
  for (const [at, line] of text.split('\n').entries()) {
    const words = line.trim().split(/\s+/);
    const [name = '', value = ''] = words;
    if (name === '' || name.startsWith('#')) continue;
    // Assigned to an object, `__proto__` would be no entry; Nester refuses it.
    const isGood = words.length === 2 && METRIC_NAME.test(name) && name !== '__proto__' && DECIMAL.test(value) && Number.isFinite(Number(value));
    if (isGood) values.push([name, Number(value)]);
    else problem ??= `expected "name value" in line ${at + 1}, got ${JSON.stringify(oneLine(line, 60))}`;
  }
  return { values, problem };
}

function complaintOf({ outcome, code, stderr }: ChildResult, deadlineMs: number): string {
  switch (outcome) {
    case 'missing':
    case 'failed':
      return `it cannot be started: ${oneLine(stderr)}`;
    case 'deadline':
      return `it took longer than ${deadlineMs / 1000} s`;
    case 'overflow':
      return `it printed more than ${LIMIT_BYTES / 1024} KiB`;
    default:
      return `it ended with code ${code ?? 'none'} and said: ${oneLine(stderr) || 'nothing'}`;
  }
}
