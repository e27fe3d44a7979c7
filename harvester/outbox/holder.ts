import { readFileSync } from 'node:fs';

/** The process that holds a lock, as written into it. */
export interface Holder {
  pid: number;
  /** Names this very process for ever, where the system can tell; `''` elsewhere. */
  birth: string;
  mode: 'once' | 'agent';
  /** Where `birth` is unknown: without a sign of life for so long, the holder is gone. */
  silentMs: number;
}

export function decodeHolder(text: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const { pid, birth, mode, silentMs } = value as Record<string, unknown>;
    if (!Number.isSafeInteger(pid) || Number(pid) <= 0 || typeof birth !== 'string') return undefined;
    if ((mode !== 'once' && mode !== 'agent') || typeof silentMs !== 'number') return undefined;
    return { pid: Number(pid), birth, mode, silentMs };
  } catch {
    return undefined;
  }
}

/**
 * What tells a process from a later one with the same number: on Linux the boot, and the moment
 * of that boot at which it began.
 */
export function birthOf(pid: number): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The program's name, in parentheses, may itself hold spaces and parentheses.
    const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
    return `${boot}:${started}`;
  } catch {
    return '';
  }
}

/** Whether a process of this number exists. */
export function createIsRunning(kill: (pid: number, signal: 0) => void) {
  return function isRunning(pid: number): boolean {
    try {
      kill(pid, 0);
      return true;
    } catch (error) {
      // Another user's process is one.
      return error instanceof Error && 'code' in error && error.code === 'EPERM';
    }
  };
}
