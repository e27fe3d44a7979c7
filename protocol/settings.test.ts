import { describe, expect, it } from 'vitest';
import type { Decoded } from './decoded.ts';
import { describeSettings, readDuration, readInteger, readList, readOneOf, readSettings, readText } from './settings.ts';

const TABLE = {
  port: { env: 'X_PORT', flag: 'port', value: 'PORT', help: 'port to listen on', fallback: '5000', read: readInteger(0, 65_535) },
  keep: { env: 'X_KEEP', flag: 'keep-for', value: 'DURATION', help: 'how long', fallback: '7d', read: readDuration },
  level: { env: 'X_LEVEL', flag: 'level', value: 'LEVEL', help: 'how much', fallback: 'info', read: readOneOf('info', 'debug') },
  names: { env: 'X_NAMES', flag: 'names', value: 'LIST', help: 'who', fallback: undefined, read: readList },
  label: { env: 'X_LABEL', flag: 'label', value: 'TEXT', help: 'what', fallback: undefined, read: readText },
  pin: { env: 'X_PIN', flag: 'pin', value: 'DIGITS', help: 'the key', fallback: undefined, read: readInteger(1000, 9999), secret: true },
};

const DEFAULTS = { port: 5000, keep: 7 * 86_400_000, level: 'info' };

function read(args: string[], environment: Record<string, string | undefined> = {}) {
  return readSettings(TABLE, environment, args, ['help', 'check']);
}

function settings(args: string[], environment?: Record<string, string | undefined>): unknown {
  const result = read(args, environment);
  return result.ok ? result.settings : result.problems;
}

function problems(args: string[], environment?: Record<string, string | undefined>): string[] {
  const result = read(args, environment);
  return result.ok ? [] : result.problems;
}

function line(args: string[]): unknown {
  const result = read(args);
  return result.ok ? { positionals: result.line.positionals, switches: [...result.line.switches] } : result.problems;
}

describe('settings', () => {
  it('fall back where nothing is set, and are absent where there is no fallback', () => {
    expect(settings([])).toStrictEqual(DEFAULTS);
  });

  it('are taken from the environment over the fallback', () => {
    expect(settings([], { X_PORT: '80', X_NAMES: 'a, b' })).toStrictEqual({ ...DEFAULTS, port: 80, names: ['a', 'b'] });
  });

  it('are taken from a flag over the environment', () => {
    expect(settings(['--port', '81', '--level=debug'], { X_PORT: '80', X_LEVEL: 'info' })).toStrictEqual({ ...DEFAULTS, port: 81, level: 'debug' });
  });

  it('are not read from a variable that a flag overrules', () => {
    expect(settings(['--port', '81'], { X_PORT: 'rubbish' })).toStrictEqual({ ...DEFAULTS, port: 81 });
  });

  it.each(['', ' ', '\t\n'])('are unset by the empty text %j: a variable falls back, a flag leaves it to the variable', (empty) => {
    expect(settings([], { X_PORT: empty, X_LABEL: empty })).toStrictEqual(DEFAULTS);
    expect(settings(['--port', empty, `--label=${empty}`])).toStrictEqual(DEFAULTS);
    expect(settings(['--port', empty], { X_PORT: '80' })).toStrictEqual({ ...DEFAULTS, port: 80 });
  });

  it('are trimmed, from a flag as from a variable', () => {
    expect(settings(['--port', ' 81 '], { X_LABEL: ' a b ' })).toStrictEqual({ ...DEFAULTS, port: 81, label: 'a b' });
  });

  it('take 0 for a value', () => {
    expect(settings(['--port', '0'])).toStrictEqual({ ...DEFAULTS, port: 0 });
  });

  it('are not touched by other variables', () => {
    expect(settings([], { PORT: '80', x_port: '80', toString: 'x' })).toStrictEqual(DEFAULTS);
  });

  it('list all problems together, each under the name it was set by', () => {
    const found = problems(['--port', '65536', '--nope=1', '--level'], { X_PORT: '80', X_KEEP: '7', X_PIN: 'x' });

    expect(found.map((problem) => problem.slice(0, problem.indexOf(':')))).toEqual(['--nope', '--level', '--port', 'X_KEEP', 'X_PIN']);
  });

  it('join what is wrong with one value', () => {
    const both = (): Decoded<string> => ({ ok: false, errors: [{ path: '', message: 'too long' }, { path: '', message: 'too loud' }] });

    expect(readSettings({ one: { ...TABLE.label, read: both } }, { X_LABEL: 'a' }, [], [])).toEqual({ ok: false, problems: ['X_LABEL: too long; too loud'] });
  });

  it.each(['hunter2', '12', ', got 77777', 'a\nb, got c'])('never show the secret %j', (secret) => {
    expect(problems(['--pin', secret])).toEqual(['--pin: expected a whole number from 1000 to 9999']);
    expect(problems([], { X_PIN: secret })).toEqual(['X_PIN: expected a whole number from 1000 to 9999']);
  });
});

describe('a command line', () => {
  it('may hold flags, switches and words in any order', () => {
    expect(line(['once', '--help', '--port', '80', 'now', '--check'])).toEqual({ positionals: ['once', 'now'], switches: ['help', 'check'] });
  });

  it('gives a flag what stands behind its first equals sign', () => {
    expect(settings(['--label=a=b --port=1', '--names=x=1,y=2'])).toStrictEqual({ ...DEFAULTS, label: 'a=b --port=1', names: ['x=1', 'y=2'] });
  });

  it('gives a flag the word behind it, even one with a single dash', () => {
    expect(settings(['--label', '-5'])).toStrictEqual({ ...DEFAULTS, label: '-5' });
  });

  it('gives the last of two equal flags', () => {
    expect(settings(['--port', '80', '--port=81'])).toStrictEqual({ ...DEFAULTS, port: 81 });
  });

  it.each(['--nope', '--nope=5', '--Port', '--X_PORT', '--toString', '--__proto__', '--'])('refuses the unknown flag %s', (flag) => {
    expect(problems([flag])).toEqual([`${flag.split('=')[0]}: no such flag; --help lists them`]);
  });

  it('shows the name of an unknown flag only, as its value may be a secret', () => {
    expect(problems(['--ping=hunter2']).join()).not.toContain('hunter2');
  });

  it('refuses a flag at the end that lacks its value', () => {
    expect(problems(['--port'])).toEqual(['--port: expected a value after it']);
  });

  it('does not take the next flag for a value that was forgotten', () => {
    expect(problems(['--label', '--port', '80'])).toEqual([expect.stringMatching(/^--label: expected a value after it/)]);
    expect(problems(['--label', '--check'])).toHaveLength(1);
    expect(settings(['--label=--check'])).toStrictEqual({ ...DEFAULTS, label: '--check' });
  });

  it('refuses a value for a switch', () => {
    expect(problems(['--check=no'])).toEqual(['--check: takes no value']);
  });
});

describe('the help of settings', () => {
  it('has a line for each: flag, value, variable, meaning and fallback', () => {
    const lines = describeSettings(TABLE).split('\n');

    expect(lines).toHaveLength(6);
    expect(lines[0]).toMatch(/^ {2}--port PORT {2,}X_PORT {2,}port to listen on \(default 5000\)$/);
    expect(lines[3]).toMatch(/^ {2}--names LIST {2,}X_NAMES {2,}who$/);
    expect(new Set(lines.map((text) => text.indexOf('X_'))).size).toBe(1);
  });

  it('does not show the fallback of a secret', () => {
    expect(describeSettings({ pin: { ...TABLE.pin, fallback: '1234' } })).not.toContain('1234');
  });
});

describe('reading a value', () => {
  const valueOf = <T>(decoded: Decoded<T>): T | string => (decoded.ok ? decoded.value : decoded.errors.map(({ message }) => message).join());

  it.each([
    ['5', 5],
    ['10', 10],
    ['007', 7],
  ])('takes the whole number %s', (text, value) => {
    expect(valueOf(readInteger(5, 10)(text))).toBe(value);
  });

  it.each(['4', '11', '-7', '+7', '7.0', '7e0', '0x7', ' 7', '7 ', '٧', 'seven', 'NaN', 'Infinity', '', '9'.repeat(400)])('refuses %j as a whole number from 5 to 10', (text) => {
    expect(valueOf(readInteger(5, 10)(text))).toMatch(/^expected a whole number from 5 to 10, got "/);
  });

  it.each([
    ['1s', 1_000],
    ['90s', 90_000],
    ['5m', 300_000],
    ['12h', 43_200_000],
    ['7d', 604_800_000],
    ['4w', 2_419_200_000],
    ['999999999s', 999_999_999_000],
  ])('takes the duration %s', (text, ms) => {
    expect(valueOf(readDuration(text))).toBe(ms);
  });

  it.each(['7', '0s', '0d', '-1d', '1.5h', '1h30m', '7 d', '7D', '7days', '1y', '1ms', 'd', '', 'P7D', '9999999999s', '999999999w'])('refuses the duration %j', (text) => {
    expect(valueOf(readDuration(text))).toBe(`expected a duration such as 90s, 5m, 12h, 7d or 4w, got ${JSON.stringify(text)}`);
  });

  it('takes one of a few words, as it is written', () => {
    expect(valueOf(readOneOf('auto', 'off')('off'))).toBe('off');
    for (const text of ['OFF', 'of', 'toString', '']) expect(valueOf(readOneOf('auto', 'off')(text))).toBe(`expected one of auto, off, got ${JSON.stringify(text)}`);
  });

  it('takes a list apart at commas, without blanks and empty parts', () => {
    expect(valueOf(readList(' a,,b c ,\td,'))).toEqual(['a', 'b c', 'd']);
    expect(valueOf(readList(' , '))).toEqual([]);
  });

  it('shows a long value shortened, and on one line', () => {
    const reason = valueOf(readDuration(`\u001b[31m\n${'x'.repeat(10_000)}`));

    expect(String(reason).length).toBeLessThan(200);
    expect(reason).not.toMatch(/\p{Cc}/u);
  });
});
