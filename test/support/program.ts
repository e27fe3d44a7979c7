import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

/**
 * Runs the built programs as a person would, and never leaves one behind: whatever is still
 * running, and every folder made here, goes when the test process ends.
 */

/** Where `npm run build` puts the programs. */
export const dist = fileURLToPath(new URL('../../dist/', import.meta.url));

export interface NesterOptions {
  /** Variables for the program. None of this process's own `NESTER_...` reach it. */
  env?: Record<string, string>;
  args?: readonly string[];
  /** Default: a new temporary folder, removed when the test process ends. */
  dataDir?: string;
  /** What to run it under, such as `['ip', 'netns', 'exec', 'here']`. */
  under?: readonly string[];
  /** How long it may take to say that it listens. */
  readyMs?: number;
}

export interface RunningNester extends Running {
  /** Base address without a slash at its end, reachable from the host it runs on. */
  url: string;
  port: number;
  dataDir: string;
  process: Program;
  stdout(): string;
}

export interface Running {
  stderr(): string;
  /** SIGTERM; resolves to the exit code. Rejects when it takes longer than the 5 s it promises (and some grace). */
  stop(): Promise<number | null>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

type Program = ChildProcessByStdio<null, Readable, Readable>;

export interface Finished {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

const running = new Set<Program>();
const folders = new Set<string>();

function cleanUp(): void {
  for (const child of running) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

// After the last test of the file that imports this; and once more, should the process end before.
afterAll(cleanUp);
process.once('exit', cleanUp);

/** A new folder of its own, removed when the test process ends. */
export function makeFolder(name = 'nester'): string {
  const folder = mkdtempSync(join(tmpdir(), `${name}-test-`));
  folders.add(folder);
  return folder;
}

/** Starts `dist/nester.js` on a free port of the loopback and waits for its ready line. */
export async function startNester(options: NesterOptions = {}): Promise<RunningNester> {
  const dataDir = options.dataDir ?? makeFolder();
  const env = { NESTER_HOST: '127.0.0.1', NESTER_PORT: '0', NESTER_DATA_DIR: dataDir, ...options.env };
  const { child, output, ended } = launch('nester.js', { ...options, env });
  const ready = await readyLine(child, output, ended, options.readyMs ?? 30_000);
  const port = Number(new URL(ready).port);
  return {
    url: ready.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:'),
    port,
    dataDir,
    process: child,
    stdout: () => output.stdout,
    ...handles('Nester', { child, output, ended }),
  };
}

/** Starts `dist/harvester.js agent`. */
export function startAgent(options: { env: Record<string, string>; under?: readonly string[] }): Running {
  return handles('the agent', launch('harvester.js', { ...options, args: ['agent'] }));
}

function handles(who: string, { child, output, ended }: ReturnType<typeof launch>): Running {
  return {
    stderr: () => output.stderr,
    async stop() {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 8_000);
      const { code, signal } = await ended;
      clearTimeout(late);
      if (signal === 'SIGKILL') throw new Error(`${who} did not stop within 8 s of SIGTERM\n${output.stderr}`);
      return code;
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Runs a built program to its end. Rejects when it is still running after `deadlineMs`. */
export async function runProgram(
  file: 'nester.js' | 'harvester.js',
  args: readonly string[],
  options: { env?: Record<string, string>; deadlineMs?: number; under?: readonly string[]; cwd?: string } = {},
): Promise<Finished> {
  const { child, output, ended } = launch(file, { ...options, args });
  const deadlineMs = options.deadlineMs ?? 30_000;
  const startedMs = performance.now();
  const alarm = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
  const { code, signal } = await ended;
  clearTimeout(alarm);
  if (signal === 'SIGKILL' && performance.now() - startedMs >= deadlineMs) {
    throw new Error(`${file} ${args.join(' ')} was still running after ${deadlineMs} ms\n${output.stderr}`);
  }
  return { code, signal, ...output };
}

interface Launch {
  env?: Record<string, string>;
  args?: readonly string[];
  under?: readonly string[];
  cwd?: string;
}

function launch(file: string, { env = {}, args = [], under = [], cwd }: Launch) {
  const program = join(dist, file);
  if (!existsSync(program)) throw new Error(`${program} is missing. Make it with: npm run build`);
  const [command = '', ...rest] = [...under, process.execPath, program, ...args];
  const child = spawn(command, rest, { env: { ...surroundings(), ...env }, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once('error', reject);
    // 'close' comes after the last byte of output, 'exit' may come before it.
    child.once('close', (code, signal) => {
      running.delete(child);
      resolve({ code, signal });
    });
  });
  // Whoever waits for it sees the rejection; until then it must not end the test process.
  ended.catch(() => undefined);
  return { child, output, ended };
}

/** This process's environment without anything that would configure a Nester or a Harvester. */
function surroundings(): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !/^(NESTER|HARVESTER|NODE_OPTIONS|VITEST)/.test(name)) kept[name] = value;
  }
  return kept;
}

function readyLine(
  child: Program,
  output: { stdout: string; stderr: string },
  ended: Promise<unknown>,
  deadlineMs: number,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (what: string): void => {
      clearTimeout(alarm);
      child.kill('SIGKILL');
      reject(new Error(`Nester ${what}\nstdout: ${output.stdout}\nstderr: ${output.stderr}`));
    };
    const alarm = setTimeout(() => fail(`did not say that it listens within ${deadlineMs} ms`), deadlineMs);
    const look = (): void => {
      const line = /^Nester listening on (https?:\/\/\S+)\n/m.exec(output.stdout);
      if (!line?.[1]) return;
      clearTimeout(alarm);
      child.stdout.off('data', look);
      resolve(line[1]);
    };
    child.stdout.on('data', look);
    ended.then(() => fail('ended before it listened'), (error: unknown) => fail(`could not be started: ${String(error)}`));
  });
}
