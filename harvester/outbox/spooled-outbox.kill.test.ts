import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTroubleLog } from '../log.ts';
import { birthOf, createIsRunning } from './holder.ts';
import { createLock } from './lock.ts';
import { createNodeFiles } from './node-files.ts';
import type { Outbox } from './outbox.ts';
import { createOutbox } from './spooled-outbox.ts';

/** The writer: keeps reports without end in the folder it is given, and says each one that is durable. */
const WRITER = `
  import { createTroubleLog } from ${JSON.stringify(new URL('../log.ts', import.meta.url).href)};
  import { birthOf, createIsRunning } from ${JSON.stringify(new URL('./holder.ts', import.meta.url).href)};
  import { createLock } from ${JSON.stringify(new URL('./lock.ts', import.meta.url).href)};
  import { createNodeFiles } from ${JSON.stringify(new URL('./node-files.ts', import.meta.url).href)};
  import { createOutbox } from ${JSON.stringify(new URL('./spooled-outbox.ts', import.meta.url).href)};
  const [folder, run] = process.argv.slice(1);
  const files = createNodeFiles(process.platform);
  const log = { debug() {}, info() {}, warn: console.error, error: console.error };
  const self = { pid: process.pid, birth: birthOf(process.pid), mode: 'once', silentMs: 60_000 };
  const isRunning = createIsRunning((pid, signal) => process.kill(pid, signal));
  const lock = createLock({ files, folder, self, isRunning, birthOf, now: Date.now });
  const outbox = createOutbox({ folder, files, lock, keep: 50, limitBytes: { disk: 1e9, memory: 1e9 }, troubles: createTroubleLog(log) });
  if (await outbox.open()) throw new Error('held by another');
  for (let round = 0; ; round++) {
    const name = run + '.' + round;
    const { parcel, durable } = await outbox.keep(Date.now(), () => JSON.stringify({ name, filling: 'x'.repeat(400) }));
    if (durable) process.stdout.write('kept ' + name + '\\n');
    // Two of three are delivered at once, as in quiet times: this brings rewrites.
    if (round % 3 === 0) outbox.putBack([parcel]);
    else { process.stdout.write('sent ' + name + '\\n'); outbox.remove([parcel]); }
  }
`;

let folder: string;
let writer: ChildProcess | undefined;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'harvester-outbox-'))));
afterEach(async () => {
  writer?.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

function anOutbox(): Outbox {
  const files = createNodeFiles(process.platform);
  const nothing = (): void => undefined;
  const self = { pid: process.pid, birth: birthOf(process.pid), mode: 'once' as const, silentMs: 60_000 };
  const isRunning = createIsRunning((pid, signal) => process.kill(pid, signal));
  return createOutbox({
    folder,
    files,
    lock: createLock({ files, folder, self, isRunning, birthOf, now: Date.now }),
    keep: 50,
    limitBytes: { disk: 1e9, memory: 1e9 },
    troubles: createTroubleLog({ debug: nothing, info: nothing, warn: nothing, error: nothing }),
  });
}

describe('outbox of a killed process', () => {
  it('holds every report that counted as kept and was not delivered, but for what the bound counted', { timeout: 120_000 }, async () => {
    const kept = new Set<string>();
    for (let run = 1; run <= 12; run++) {
      writer = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', WRITER, folder, String(run)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let output = '';
      const enough = 20 + run * 37;
      writer.stdout?.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        if (output.split('\n').length > enough) writer?.kill('SIGKILL');
      });
      await once(writer, 'close');
      // The last line may be torn by the kill: what it says was not said.
      for (const line of output.split('\n').slice(0, -1)) {
        const [what, name = ''] = line.split(' ');
        if (what === 'kept') kept.add(name);
        else kept.delete(name);
      }
    }

    const outbox = anOutbox();
    expect(await outbox.open()).toBeUndefined();
    const found = (await outbox.take(Infinity, Infinity)).map(({ json }) => (JSON.parse(json) as { name: string }).name);
    await outbox.close();

    // At most one per kill may be there without having been said, or be removed without that being written.
    const unsaid = found.filter((name) => !kept.has(name)).length;
    expect(unsaid).toBeLessThanOrEqual(24);
    const missing = [...kept].filter((name) => !found.includes(name));
    const newest = [...kept].slice(-20);
    expect(found).toEqual(expect.arrayContaining(newest));
    expect(missing.length).toBeLessThanOrEqual(outbox.dropped());
    expect(missing.length).toBeGreaterThanOrEqual(outbox.dropped() - 24);
    expect(found).toEqual([...found].sort(byRunAndRound));
  });
});

function byRunAndRound(a: string, b: string): number {
  const [runA = 0, roundA = 0] = a.split('.').map(Number);
  const [runB = 0, roundB = 0] = b.split('.').map(Number);
  return runA - runB || roundA - roundB;
}
