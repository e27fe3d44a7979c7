import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { createRunChild } from './child.ts';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'harvester-child-'))));
afterEach(() => rm(folder, { recursive: true }));

async function program(text: string): Promise<string> {
  const path = join(folder, 'program');
  await writeFile(path, `#!/bin/sh\n${text}\n`);
  await chmod(path, 0o755);
  return path;
}

const limits = { deadlineMs: 20_000, limitBytes: 1024 };
const run = createRunChild({
  environment: { PATH: process.env['PATH'], SHOWN: 'yes' },
  platform: process.platform,
  clock: systemClock,
  kill: (pid, signal) => void process.kill(pid, signal),
});

describe('child', () => {
  it('gives the output, the complaints and the code of a program that ends by itself', async () => {
    const result = await run(await program('echo out; echo err >&2; exit 7'), [], limits);

    expect(result).toMatchObject({ outcome: 'exited', code: 7, stderr: 'err\n' });
    expect(result.stdout.toString()).toBe('out\n');
  });

  it('hands arguments over as they are, never through a shell', async () => {
    const result = await run(await program('printf "%s|" "$@"'), ['$(reboot)', '; touch x', '*', "a'b"], limits);

    expect(result.stdout.toString()).toBe("$(reboot)|; touch x|*|a'b|");
  });

  it('gives the program no environment but the one it was told', async () => {
    const result = await run(await program('env'), [], limits);

    expect(result.stdout.toString()).toContain('SHOWN=yes');
    expect(result.stdout.toString()).not.toContain('HOME=');
  });

  it('says that a program is missing, or cannot be started', async () => {
    const path = await program('exit 0');
    await chmod(path, 0o644);

    expect((await run(join(folder, 'nothing'), [], limits)).outcome).toBe('missing');
    expect((await run(path, [], limits)).outcome).toBe('failed');
    expect((await run('a\0b', [], limits)).outcome).toBe('failed');
  });

  it('ends a program that hangs, with what it had printed', async () => {
    const result = await run(await program('echo begun; sleep 600'), [], { ...limits, deadlineMs: 2_000 });

    expect(result.outcome).toBe('deadline');
    expect(result.stdout.toString()).toBe('begun\n');
  });

  it('kills a program that will not end, and what it started', async () => {
    const path = await program('trap "" TERM INT; sleep 600 & echo $! > "$1"; wait; wait; sleep 600');
    const pidFile = join(folder, 'pid');

    const result = await run(path, [pidFile], { ...limits, deadlineMs: 2_000 });

    expect(result.outcome).toBe('deadline');
    const pid = Number(await readFile(pidFile, 'utf8'));
    await expect.poll(() => isRunning(pid), { timeout: 10_000 }).toBe(false);
  });

  it('interrupts first where it is told to, so that a ping can print its statistics', async () => {
    const path = await program('trap "echo statistics; exit 0" INT; while :; do sleep 0.05; done');

    const result = await run(path, [], { ...limits, deadlineMs: 2_000, firstSignal: 'SIGINT' });

    expect(result.stdout.toString()).toBe('statistics\n');
  });

  it('ends a program that prints without end, and keeps no more than the limit', async () => {
    const result = await run(await program('exec yes'), [], limits);

    expect(result.outcome).toBe('overflow');
    expect(result.stdout).toHaveLength(1024);
  });

  it('takes as much as the limit allows, to the byte', async () => {
    const exactly = await run(await program('head -c 1024 /dev/zero'), [], limits);
    const more = await run(await program('head -c 1025 /dev/zero'), [], limits);

    expect(exactly).toMatchObject({ outcome: 'exited', stdout: Buffer.alloc(1024) });
    expect(more.outcome).toBe('overflow');
  });

  it('ends a program when it is told to stop', async () => {
    const stop = new AbortController();
    const running = run(await program('sleep 600'), [], { ...limits, signal: stop.signal });

    stop.abort();

    expect((await running).outcome).toBe('aborted');
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
