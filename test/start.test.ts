import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { root } from '../deploy/prepare.mjs';
import { takeBlock } from './documented-commands.mjs';
import { makeFolder } from './support/program.ts';

/** `npm start` as a terminal runs it: a process group of its own, so that Ctrl-C reaches all of it. */
interface Started {
  group: number;
  output: () => string;
  ended: Promise<number | null>;
  /** Resolves to the first match in the output; rejects when it has ended without. */
  shows: (pattern: RegExp) => Promise<string>;
}

const groups = new Set<number>();
afterEach(() => {
  for (const group of groups) {
    try {
      process.kill(-group, 'SIGKILL');
    } catch {
      // All of it is gone already.
    }
  }
  groups.clear();
});

/** The first of the README's two commands. */
const DOCUMENTED = takeBlock('README.md', 'npm start').split('\n')[0]?.replace(/ *#.*/, '').split(' ') ?? [];

function start(env: Record<string, string>, flags: string[] = []): Started {
  const [program = '', ...args] = [...DOCUMENTED, ...flags];
  const child: ChildProcess = spawn(program, args, {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: makeFolder('home'),
      NESTER_PORT: '0',
      NESTER_DATA_DIR: makeFolder('data'),
      HARVESTER_STATE_DIR: makeFolder('state'),
      HARVESTER_SCAN: 'off',
      ...env,
    },
  });
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code));
  });
  const group = child.pid ?? 0;
  groups.add(group);
  let over = false;
  void ended.finally(() => (over = true));
  return {
    group,
    ended,
    output: () => output,
    async shows(pattern) {
      for (;;) {
        const found = pattern.exec(output);
        if (found) return found[1] ?? found[0];
        if (over) throw new Error(`ended without showing ${String(pattern)}:\n${output}`);
        await wait(20);
      }
    },
  };
}

async function firstRow(url: string): Promise<Record<string, unknown>> {
  for (;;) {
    const nodes = (await (await fetch(`${url}/api/nodes`)).json()) as Record<string, unknown>[];
    if (nodes[0] !== undefined) return nodes[0];
    await wait(50);
  }
}

describe('npm start', () => {
  it('shows a live row of this machine within 10 s of listening, and stops both programs on Ctrl-C', async () => {
    const started = start({});

    const url = await started.shows(/Open (http:\/\/localhost:\d+) /);
    const listeningAt = performance.now();
    const row = await firstRow(url);
    const tookMs = performance.now() - listeningAt;
    process.kill(-started.group, 'SIGINT');
    const code = await started.ended;

    expect(row).toMatchObject({ status: 'online', ip: expect.any(String), latency: expect.any(Number), loss: 0 });
    expect(tookMs).toBeLessThan(10_000);
    expect(code).toBe(0);
    expect(() => process.kill(-started.group, 0)).toThrow('ESRCH');
  });

  it('does no needless work when all is installed and built', async () => {
    const started = start({});

    await started.shows(/Open http/);
    process.kill(-started.group, 'SIGINT');
    await started.ended;

    expect(started.output()).not.toMatch(/Installing|Building/);
  });

  it('stops both programs when npm alone is told to', async () => {
    const started = start({});

    await firstRow(await started.shows(/Open (http:\/\/localhost:\d+) /));
    process.kill(started.group, 'SIGTERM');

    expect(await started.ended).toBe(0);
    expect(() => process.kill(-started.group, 0)).toThrow('ESRCH');
  });

  it('passes its flags to the Nester and the key to both programs', async () => {
    const started = start({ NESTER_API_KEY: 'secret', NESTER_PORT: '1' }, ['--', '--port', '0']);

    const row = await firstRow(await started.shows(/Open (http:\/\/localhost:\d+) /));
    process.kill(-started.group, 'SIGINT');

    expect(row).toHaveProperty('status', 'online');
    expect(await started.ended).toBe(0);
  });

  it('stops the Nester, and says so, when the Harvester ends', async () => {
    const started = start({ HARVESTER_PINGS: 'many' });

    expect(await started.ended).toBe(1);
    expect(started.output()).toContain('HARVESTER_PINGS');
    expect(started.output()).toContain('Harvester ended (exit code 2); stopping.');
  });

  it('says so when the Nester cannot start', async () => {
    const other = createServer().listen(0, '0.0.0.0');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;

    const started = start({ NESTER_PORT: String(port) });
    const code = await started.ended;
    other.close();

    expect(code).toBe(1);
    expect(started.output()).toMatch(/Nester ended \(exit code \d+\); stopping\./);
    expect(started.output()).toContain(String(port));
  });
});
