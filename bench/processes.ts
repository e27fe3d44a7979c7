import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { createInterface } from 'node:readline';

/**
 * Runs servers and loads as processes of their own, servers on one core and loads on another
 * where the system can pin them: so that neither is measured with the other's work.
 */

export const pinned = cpus().length > 1 && spawnSync('taskset', ['-V']).status === 0;

function onCore(core: number, command: readonly string[]): [string, string[]] {
  const [program = '', ...args] = pinned ? ['taskset', '-c', String(core), ...command] : command;
  return [program, args];
}

export interface Server {
  /** Base address, without a slash at its end. */
  url: string;
  /** From being spawned to its ready line, ms. */
  readyMs: number;
  memory(): Memory | undefined;
  /** Processor time used so far, ms: what others do on the machine changes it little. */
  processorMs(): number;
  signal(name: NodeJS.Signals): void;
  /** SIGTERM, and waits until it is gone. */
  stop(): Promise<void>;
}

export interface Memory {
  residentMiB: number;
  /** Highest resident so far. */
  peakMiB: number;
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts a program of Node's on the servers' core, and waits for `... listening on <url>`. */
export function startServer(program: string, args: readonly string[], env: Record<string, string> = {}): Promise<Server> {
  const startedMs = performance.now();
  const [command, rest] = onCore(0, [process.execPath, program, ...args]);
  const child = spawn(command, rest, {
    env: { PATH: process.env['PATH'], NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const complaints: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => complaints.push(text));
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      running.delete(child);
      resolve();
    });
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    void ended.then(() => reject(new Error(`${program} ended before it listened:\n${complaints.join('')}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const url = /listening on (http:\/\/\S+)/.exec(line)?.[1];
      if (url === undefined) return;
      resolve({
        url,
        readyMs: performance.now() - startedMs,
        memory: () => memoryOf(child.pid),
        processorMs: () => processorMsOf(child.pid),
        signal: (name) => void child.kill(name),
        async stop() {
          child.kill('SIGTERM');
          await ended;
        },
      });
    });
  });
}

/** Runs a load on the loads' core to its end, and returns what it measured. */
export async function runLoad(program: string, parameters: object): Promise<unknown> {
  return JSON.parse(await runOn(1, [process.execPath, program, JSON.stringify(parameters)])) as unknown;
}

/** Starts a load on the loads' core; resolves once it has said a line. `stop` waits until it is gone. */
export function startLoad(program: string, parameters: object): Promise<{ stop: () => Promise<void> }> {
  const child = spawn(...onCore(1, [process.execPath, program, JSON.stringify(parameters)]), { stdio: ['pipe', 'pipe', 'inherit'] });
  running.add(child);
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      running.delete(child);
      resolve();
    });
  });
  return new Promise((resolve, reject) => {
    void ended.then(() => reject(new Error(`${program} ended before it was ready`)));
    createInterface({ input: child.stdout }).once('line', () => {
      resolve({
        async stop() {
          child.stdin.end();
          await ended;
        },
      });
    });
  });
}

/** Runs a program on the servers' core to its end, and returns how long it took, ms. */
export async function timeProgram(program: string, args: readonly string[]): Promise<number> {
  const startedMs = performance.now();
  await runOn(0, [process.execPath, program, ...args]);
  return performance.now() - startedMs;
}

/** Runs a command to its end on whichever core, as a person would, and returns how long it took, ms. */
export function timeCommand([program = '', ...args]: readonly string[], env: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const startedMs = performance.now();
    const child = execFile(program, args, { env: { PATH: process.env['PATH'], ...env } }, (error, _, stderr) => {
      running.delete(child);
      if (error) reject(new Error(`${program} ${args.join(' ')} failed: ${stderr || error.message}`));
      else resolve(performance.now() - startedMs);
    });
    running.add(child);
  });
}

export interface Resident {
  memory(): Memory | undefined;
  /** Processor time used so far, ms, by itself and by the programs it has run to their end. */
  processorMs(): { own: number; programs: number };
  /** SIGTERM, and waits until it is gone. */
  stop(): Promise<void>;
}

/** Starts a program of Node's that stays and listens nowhere. */
export function startResident(program: string, args: readonly string[], env: Record<string, string>): Resident {
  const child = spawn(process.execPath, [program, ...args], { env: { PATH: process.env['PATH'], ...env }, stdio: ['ignore', 'ignore', 'inherit'] });
  running.add(child);
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      running.delete(child);
      resolve();
    });
  });
  return {
    memory: () => memoryOf(child.pid),
    processorMs: () => ({ own: processorMsOf(child.pid), programs: processorMsOf(child.pid, CHILDREN) }),
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function runOn(core: number, command: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(...onCore(core, command), { maxBuffer: 1024 * 1024 }, (error, stdout, stderr) => {
      running.delete(child);
      if (error) reject(new Error(`${command[1] ?? ''} failed: ${stderr || error.message}`));
      else resolve(stdout);
    });
    running.add(child);
  });
}

/** Where /proc/<pid>/stat has times in user and kernel mode, counted after the program's name. */
const OWN = [11, 12];
const CHILDREN = [13, 14];

/** Linux counts in hundredths of a second; elsewhere it is not measured. */
function processorMsOf(pid: number | undefined, places: readonly number[] = OWN): number {
  try {
    const stat = readFileSync(`/proc/${pid ?? 0}/stat`, 'latin1');
    // The program's name, in parentheses, may itself hold spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return places.reduce((sum, place) => sum + Number(fields[place]) * 10, 0);
  } catch {
    return NaN;
  }
}

/** Linux only: elsewhere memory is not measured. */
function memoryOf(pid: number | undefined): Memory | undefined {
  try {
    const status = readFileSync(`/proc/${pid ?? 0}/status`, 'latin1');
    const mebibytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024;
    return { residentMiB: mebibytes('VmRSS'), peakMiB: mebibytes('VmHWM') };
  } catch {
    return undefined;
  }
}
