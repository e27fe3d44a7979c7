import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { METRIC_NAME } from '../../protocol/metric-name.ts';
import { decodeReport } from '../../protocol/report.ts';
import { systemClock } from '../clock.ts';
import { createTroubleLog } from '../log.ts';
import { createRunChild } from './child.ts';
import { createOwnMeasurements, type MeasureOwn, ownDeadlineMs, readMeasurements } from './own-measurements.ts';
import { listOwnPrograms } from './own-programs.ts';

let folder: string;
let said: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'harvester-own-'));
  said = [];
});
afterEach(() => rm(folder, { recursive: true }));

async function install(name: string, script: string, mode = 0o755): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, name), mode);
}

function measureOwn({ deadlineMs = 20_000, mustExist = false, at = folder } = {}): MeasureOwn {
  const say = (message: string): void => void said.push(message);
  return createOwnMeasurements({
    list: () => listOwnPrograms(at, process.platform, mustExist),
    run: createRunChild({
      environment: { PATH: process.env['PATH'] },
      platform: process.platform,
      clock: systemClock,
      kill: (pid, signal) => void process.kill(pid, signal),
    }),
    deadlineMs,
    troubles: createTroubleLog({ debug: say, info: say, warn: say, error: say }),
  });
}

describe('own measurements', () => {
  it('are the lines that executable files print', async () => {
    await install('b', 'echo "ups.battery 97"; echo; echo "# comment"; echo "  room:/cellar   -3.5e1  "');
    await install('a', 'printf "first 1"');
    await install('plain', 'echo "not.run 1"', 0o644);
    await install('.hidden', 'echo "not.run 2"');
    await install('copy~', 'echo "not.run 3"');
    await mkdir(join(folder, 'folder'));

    expect(await measureOwn()()).toEqual([
      ['first', 1],
      ['ups.battery', 97],
      ['room:/cellar', -35],
    ]);
    expect(said).toEqual([]);
  });

  it('of a program that hangs, fails, floods or cannot start are none, said once each, and the others count', async () => {
    await install('fails', 'echo "bad 1"; date +%N >&2; exit 4');
    await install('floods', 'yes "bad 2"');
    await install('hangs', 'trap "" TERM; echo "bad 3"; while :; do sleep 1; done');
    await writeFile(join(folder, 'no-interpreter'), '#!/nowhere/at/all\n', { mode: 0o755 });
    await install('good', 'echo "good 1"');
    const measure = measureOwn({ deadlineMs: 4_000 });

    const rounds = [await measure(), await measure()];

    expect(rounds).toEqual([[['good', 1]], [['good', 1]]]);
    expect(said.sort()).toEqual([
      expect.stringMatching(/^own measurement fails: it ended with code 4 and said: \d+$/),
      'own measurement floods: it printed more than 64 KiB',
      'own measurement hangs: it took longer than 4 s',
      expect.stringMatching(/^own measurement no-interpreter: it cannot be started/),
    ]);
  });

  it('count except for the lines that are none, which are said once though they change', async () => {
    await install('mixed', 'echo "good 1"; echo "garbage $(date +%N) more"; echo "good2 2"');
    const measure = measureOwn();

    expect(await measure()).toEqual([
      ['good', 1],
      ['good2', 2],
    ]);
    await measure();
    expect(said).toEqual([expect.stringMatching(/^own measurement mixed: expected "name value" in line 2, got "garbage \d+ more"$/)]);

    await install('mixed', 'echo "good 1"');
    await measure();
    expect(said.slice(1)).toEqual(['own measurement mixed is well again']);
  });

  it('come from nothing that everybody may write', async () => {
    await install('open', 'echo "bad 1"', 0o757);
    await install('good', 'echo "good 1"');

    expect(await measureOwn()()).toEqual([['good', 1]]);
    expect(said).toEqual([expect.stringContaining('everybody may write it; it is not run')]);

    await chmod(folder, 0o777);
    expect(await measureOwn()()).toEqual([]);
  });

  it('are none without a folder, which is said only where one was named', async () => {
    const at = join(folder, 'nowhere');

    expect(await measureOwn({ at })()).toEqual([]);
    expect(said).toEqual([]);
    expect(await measureOwn({ at, mustExist: true })()).toEqual([]);
    expect(said).toEqual([expect.stringContaining('ENOENT')]);
  });

  it('are taken from the first 32 programs', async () => {
    for (let at = 10; at < 43; at++) await install(`p${at}`, `echo "p${at} 1"`);

    const values = await measureOwn()();

    expect(values).toHaveLength(32);
    expect(said).toEqual(['only the first 32 own measurements are run, of 33']);
  });

  it.each(['a', 'a 1 2', '1a 1', 'a 0x10', 'a NaN', 'a Infinity', 'a 1e999', 'a 1,5', '__proto__ 1', `${'a'.repeat(65)} 1`, 'é 1'])('are not in %j', (line) => {
    expect(readMeasurements(line)).toEqual({ values: [], problem: expect.stringContaining('line 1') });
  });

  it('are never what Nester would refuse', () => {
    fc.assert(
      fc.property(fc.oneof(fc.stringMatching(METRIC_NAME), fc.string({ unit: 'binary' })), fc.oneof(fc.double().map(String), fc.string()), (name, value) => {
        const metrics = Object.fromEntries(readMeasurements(`${name} ${value}`).values);
        expect(decodeReport({ node: 'a', metrics }, 0)).toMatchObject({ ok: true, value: { metrics } });
      }),
    );
  });

  it('have five seconds, and less in a quick rhythm', () => {
    expect([60_000, 6_100, 4_000, 1_000].map(ownDeadlineMs)).toEqual([5_000, 5_000, 2_900, 1_000]);
  });
});
