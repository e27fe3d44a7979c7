import { type ChildProcess, spawn } from 'node:child_process';
import type { Clock } from '../clock.ts';

export interface ChildLimits {
  /** After this it is told to end. */
  deadlineMs: number;
  /** More output than this ends it. */
  limitBytes: number;
  /** What tells it to end: `SIGINT` lets ping print its statistics. Windows ends it outright. */
  firstSignal?: 'SIGINT' | 'SIGTERM';
  /** Aborted: it is ended, and what it printed is of no use. */
  signal?: AbortSignal | undefined;
}

export interface ChildResult {
  /**
   * `exited`: by itself. `deadline`, `overflow`, `aborted`: it was ended, for that reason.
   * `missing`: there is no such program. `failed`: it could not be started.
   */
  outcome: 'exited' | 'deadline' | 'overflow' | 'aborted' | 'missing' | 'failed';
  /** Exit code, `null` when a signal ended it or it never began. */
  code: number | null;
  stdout: Buffer;
  /** The beginning of what it complained about. */
  stderr: string;
}

/** Runs a program to its end, whatever it does. Never rejects, never uses a shell. */
export type RunChild = (command: string, args: readonly string[], limits: ChildLimits) => Promise<ChildResult>;

export interface ChildDeps {
  /** The environment of the programs run. Must not hold the key. */
  environment: Record<string, string | undefined>;
  platform: string;
  clock: Clock;
  /** `process.kill`; a negative id stands for the whole group. */
  kill: (pid: number, signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL') => void;
}

/** From being told to end, to being killed; and from that, to being given up. */
const GRACE_MS = 500;
const STDERR_BYTES = 4 * 1024;

/**
 * Programs are run in a process group of their own where there are such, so that what they
 * started ends with them. A program that keeps its output open after being killed is given up.
 */
export function createRunChild({ environment, platform, clock, kill }: ChildDeps): RunChild {
  const grouped = platform !== 'win32';

  function end(child: ChildProcess, signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): void {
    if (child.pid === undefined) return;
    try {
      if (grouped) kill(-child.pid, signal);
      else child.kill(signal);
    } catch {
      // It has ended meanwhile.
    }
  }

  return async function run(command, args, { deadlineMs, limitBytes, firstSignal = 'SIGTERM', signal }) {
    // What Windows needs to run `.cmd` and `.bat`; elsewhere a run from cron starts faster without.
    const start = grouped ? spawn : (await import('cross-spawn')).default;
    return new Promise<ChildResult>((resolve) => {
      const stdout: Buffer[] = [];
      let stdoutBytes = 0;
      let stderr = '';
      let why: 'deadline' | 'overflow' | 'aborted' | undefined;
      let code: number | null = null;
      let cancelTimer = (): void => undefined;

      let child: ChildProcess;
      try {
        child = start(command, args, {
          env: environment,
          stdio: ['ignore', 'pipe', 'pipe'],
          detached: grouped,
          windowsHide: true,
          shell: false,
        });
      } catch (error) {
        // Node refuses some arguments (a null character) before anything is started.
        resolve({ outcome: 'failed', code: null, stdout: Buffer.alloc(0), stderr: String(error) });
        return;
      }

      const finish = (outcome: ChildResult['outcome']): void => {
        cancelTimer();
        signal?.removeEventListener('abort', onAbort);
        child.stdout?.destroy();
        child.stderr?.destroy();
        child.removeAllListeners();
        child.on('error', () => undefined);
        resolve({ outcome, code, stdout: Buffer.concat(stdout, Math.min(stdoutBytes, limitBytes)), stderr });
      };
      const stop = (reason: 'deadline' | 'overflow' | 'aborted', first: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): void => {
        if (why !== undefined) return;
        why = reason;
        cancelTimer();
        end(child, first);
        cancelTimer = clock.after(GRACE_MS, () => {
          end(child, 'SIGKILL');
          cancelTimer = clock.after(GRACE_MS, () => finish(reason));
        });
      };
      const onAbort = (): void => stop('aborted', 'SIGTERM');

      child.stdout?.on('data', (chunk: Buffer) => {
        if (stdoutBytes > limitBytes) return;
        stdout.push(chunk);
        stdoutBytes += chunk.length;
        if (stdoutBytes > limitBytes) stop('overflow', 'SIGKILL');
      });
      child.stderr?.on('data', (chunk: Buffer) => {
        if (stderr.length < STDERR_BYTES) stderr += chunk.toString('latin1').slice(0, STDERR_BYTES);
      });
      child.on('error', (error: NodeJS.ErrnoException) => {
        if (child.pid !== undefined) return;
        stderr = error.message;
        finish(error.code === 'ENOENT' ? 'missing' : 'failed');
      });
      child.on('exit', (exitCode) => (code = exitCode));
      child.on('close', () => finish(why ?? 'exited'));
      cancelTimer = clock.after(deadlineMs, () => stop('deadline', firstSignal));
      if (signal?.aborted) onAbort();
      else signal?.addEventListener('abort', onAbort);
    });
  };
}
