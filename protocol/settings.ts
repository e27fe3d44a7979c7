import { type Decoded, refused } from './decoded.ts';

/**
 * Settings of both programs: one table says what each is called, what it means and how its
 * text is read. Every variable can also be a flag; a flag wins. Empty means unset. A bad value
 * never starts a program: all problems are returned together.
 */
export interface Setting<T> {
  /** Name of the environment variable. */
  env: string;
  /** Name of the flag, without the two dashes. */
  flag: string;
  /** What `--help` says of the value, such as `seconds`. */
  value: string;
  help: string;
  /** Text used where nothing is set; `undefined`: the setting may be absent. */
  fallback: string | undefined;
  /**
   * Reads a text that is not empty, nor blank at its ends. Errors carry no path: the setting's
   * name is put before them. They say `expected ...`, and if they quote the text, then at the
   * end, after `, got`.
   */
  read: (text: string) => Decoded<T>;
  /** The value must not appear in an error, a log or `--help`: what a reader says it got is cut off. */
  secret?: boolean;
}

export type Settings = Record<string, Setting<unknown>>;
export type SettingsOf<Table extends Settings> = {
  [Key in keyof Table]: Table[Key] extends Setting<infer T> ? T : never;
};

/** Flags without a value. */
export interface CommandLine {
  positionals: string[];
  switches: Set<string>;
}

export type ReadSettings<Table extends Settings> =
  /** `given`: what was set by a flag or a variable, as text by the name of the variable. */
  | { ok: true; settings: SettingsOf<Table>; given: ReadonlyMap<string, string>; line: CommandLine }
  | { ok: false; problems: string[] };

/**
 * Reads flags (`--port 80`, `--port=80`) over environment over fallbacks.
 * `switches` names the flags that take no value, such as `help`.
 */
export function readSettings<Table extends Settings>(
  table: Table,
  environment: Record<string, string | undefined>,
  args: readonly string[],
  switches: readonly string[],
): ReadSettings<Table> {
  const problems: string[] = [];
  const { flags, line } = splitArguments(table, args, switches, problems);
  const settings: Record<string, unknown> = {};
  const given = new Map<string, string>();
  for (const [key, setting] of Object.entries(table)) {
    const flag = flags.get(setting.flag)?.trim();
    const fromFlag = flag !== undefined && flag !== '';
    const set = fromFlag ? flag : environment[setting.env]?.trim();
    if (set) given.set(setting.env, set);
    const text = set || setting.fallback;
    if (text === undefined) continue;
    const decoded = setting.read(text);
    if (decoded.ok) {
      settings[key] = decoded.value;
      continue;
    }
    const reasons = decoded.errors.map(({ message }) => (setting.secret ? withoutValue(message) : message)).join('; ');
    problems.push(`${fromFlag ? `--${setting.flag}` : setting.env}: ${reasons}`);
  }
  if (problems.length > 0) return { ok: false, problems };
  // The table's own readers made each value, so the record has the table's types.
  return { ok: true, settings: settings as SettingsOf<Table>, given, line };
}

/** The first `, got` is the reader's own: the value stands after it, whatever it holds. */
function withoutValue(message: string): string {
  return message.split(', got', 1).join('');
}

function splitArguments(table: Settings, args: readonly string[], switches: readonly string[], problems: string[]) {
  const known = new Set(Object.values(table).map(({ flag }) => flag));
  const flags = new Map<string, string>();
  const line: CommandLine = { positionals: [], switches: new Set() };
  for (let at = 0; at < args.length; at++) {
    const argument = args[at] ?? '';
    if (!argument.startsWith('--')) {
      line.positionals.push(argument);
      continue;
    }
    const equals = argument.indexOf('=');
    const name = argument.slice(2, equals === -1 ? undefined : equals);
    const next = args[at + 1];
    if (switches.includes(name)) {
      if (equals === -1) line.switches.add(name);
      else problems.push(`--${name}: takes no value`);
    } else if (!known.has(name)) problems.push(`--${name}: no such flag; --help lists them`);
    else if (equals !== -1) flags.set(name, argument.slice(equals + 1));
    else if (next === undefined) problems.push(`--${name}: expected a value after it`);
    // A forgotten value must not swallow the flag behind it.
    else if (next.startsWith('--')) problems.push(`--${name}: expected a value after it; one that begins with -- is written --${name}=...`);
    else {
      flags.set(name, next);
      at++;
    }
  }
  return { flags, line };
}

/** The lines of `--help` for a table: flag, variable, meaning, fallback. */
export function describeSettings(table: Settings): string {
  const rows = Object.values(table).map(
    ({ flag, value, env, help, fallback, secret }) =>
      [`  --${flag} ${value}`, env, `${help}${fallback === undefined || secret ? '' : ` (default ${fallback})`}`] as const,
  );
  const width = (column: 0 | 1): number => Math.max(...rows.map((row) => row[column].length)) + 2;
  const [flagWidth, envWidth] = [width(0), width(1)];
  return rows.map(([flag, env, help]) => `${flag.padEnd(flagWidth)}${env.padEnd(envWidth)}${help}`).join('\n');
}

const shown = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text);

/** Any text. */
export function readText(text: string): Decoded<string> {
  return { ok: true, value: text };
}

/** A whole number, digits only, within bounds. */
export function readInteger(least: number, most: number) {
  return (text: string): Decoded<number> => {
    const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= most) return { ok: true, value };
    return refused(`expected a whole number from ${least} to ${most}, got ${shown(text)}`);
  };
}

/** One of a few words. */
export function readOneOf<Word extends string>(...words: readonly Word[]) {
  return (text: string): Decoded<Word> => {
    const found = words.find((word) => word === text);
    if (found !== undefined) return { ok: true, value: found };
    return refused(`expected one of ${words.join(', ')}, got ${shown(text)}`);
  };
}

const UNIT_MS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** A duration such as `90s`, `5m`, `12h`, `7d` or `4w`, in ms. A bare number is refused: of what? */
export function readDuration(text: string): Decoded<number> {
  const parts = /^(\d{1,9})([smhdw])$/.exec(text);
  const value = Number(parts?.[1]) * (UNIT_MS[parts?.[2] ?? ''] ?? NaN);
  // Beyond, milliseconds are no longer exact, and a time so long ago has no date.
  if (value > 0 && Number.isSafeInteger(value)) return { ok: true, value };
  return refused(`expected a duration such as 90s, 5m, 12h, 7d or 4w, got ${shown(text)}`);
}

/** Texts separated by commas, trimmed, empty ones left out. */
export function readList(text: string): Decoded<string[]> {
  return { ok: true, value: text.split(',').map((part) => part.trim()).filter((part) => part !== '') };
}
