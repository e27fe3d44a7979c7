import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Where a Harvester that may update itself keeps what it got: `update/` in its state folder. The
 * program that was installed stays as it is. It starts the newer one in its own place, counts the
 * starts until that has reported, and goes back to itself when it does not: so it needs nothing of
 * the newer one but a report.
 *
 * Reading and writing are at once (sync), since all of it happens before anything else does.
 */
export interface UpdateFolder {
  /** What is to run in place of the installed program; `undefined`: that itself. Counts a start of what is not proven yet. */
  choose(): string | undefined;
  /** Whether what was chosen has yet to report. */
  isOnTrial(): boolean;
  /** A Nester has a report of it. */
  proven(): void;
  /** Whether it is time to look for a newer one; if so, that is noted. */
  isDue(nowMs: number): boolean;
  /** Whether a program of this SHA-256 did not report when it was tried. */
  wasRefused(sha256: string): boolean;
  /** Puts a program there, as a whole or not at all. */
  take(program: string): void;
}

export interface UpdateFolderDeps {
  /** The state folder. */
  stateDir: string;
  /** The program that was installed. */
  installed: string;
}

/** Starts without a report, until it is given up. */
const MOST_STARTS = 3;
const LOOK_EVERY_MS = 6 * 3_600_000;

export function createUpdateFolder({ stateDir, installed }: UpdateFolderDeps): UpdateFolder {
  const folder = join(stateDir, 'update');
  const at = (name: 'harvester.js' | 'trial' | 'refused' | 'base' | 'looked'): string => join(folder, name);
  const read = (name: Parameters<typeof at>[0]): string | undefined => {
    try {
      return readFileSync(at(name), 'utf8');
    } catch {
      return undefined;
    }
  };

  function giveUp(program: string): void {
    writeFileSync(at('refused'), `${read('refused') ?? ''}${sha256Of(program)}\n`);
    for (const name of ['harvester.js', 'trial', 'base'] as const) rmSync(at(name), { force: true });
  }

  return {
    choose() {
      const program = read('harvester.js');
      if (program === undefined) return undefined;
      // Whoever installs another program means that one.
      if (read('base') !== sha256Of(readFileSync(installed))) {
        rmSync(folder, { recursive: true, force: true });
        return undefined;
      }
      const trial = read('trial');
      if (trial === undefined) return at('harvester.js');
      const starts = Number(trial);
      if (!(starts < MOST_STARTS)) {
        giveUp(program);
        return undefined;
      }
      writeFileSync(at('trial'), String(starts + 1));
      return at('harvester.js');
    },
    isOnTrial: () => read('trial') !== undefined,
    proven: () => rmSync(at('trial'), { force: true }),
    isDue(nowMs) {
      const looked = statSync(at('looked'), { throwIfNoEntry: false })?.mtimeMs;
      // A clock that was set back must not put it off for ever.
      if (looked !== undefined && Math.abs(nowMs - looked) < LOOK_EVERY_MS) return false;
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeFileSync(at('looked'), '');
      utimesSync(at('looked'), nowMs / 1000, nowMs / 1000);
      return true;
    },
    wasRefused: (sha256) => (read('refused') ?? '').split('\n').includes(sha256),
    take(program) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const next = `${at('harvester.js')}.new`;
      rmSync(next, { force: true });
      const file = openSync(next, 'wx', 0o600);
      try {
        writeFileSync(file, program);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      writeFileSync(at('base'), sha256Of(readFileSync(installed)));
      writeFileSync(at('trial'), '0');
      renameSync(next, at('harvester.js'));
    },
  };
}

export function sha256Of(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
