import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PauseOrder, runPauseCommand } from './pause-command.ts';
import { createPauseFile, decodePause } from './pause-file.ts';

const NOW = Date.parse('2026-11-22T08:00:00.000Z');
let folder: string;
let said: string[];
beforeEach(async () => {
  [folder, said] = [await mkdtemp(join(tmpdir(), 'pause-')), []];
});
afterEach(() => rm(folder, { recursive: true }));

const file = (at = folder) => createPauseFile(at, '1');
function order(what: { forMs: number; why?: string } | 'resume', stateDir = folder): Promise<number> {
  const given: PauseOrder = what === 'resume' ? { kind: 'resume', stateDir } : { kind: 'pause', stateDir, forMs: what.forMs, why: what.why };
  const say = (line: string): void => void said.push(line);
  return runPauseCommand(given, { file: file(stateDir), now: () => NOW, out: say, complain: say });
}

describe('pause', () => {
  it('is in the folder for whoever reports from it, and replaces the one before', async () => {
    expect(await order({ forMs: 1_000 })).toBe(0);
    expect(await order({ forMs: 7_200_000, why: 'swapping the UPS' })).toBe(0);

    expect(await file().load()).toEqual({ untilMs: NOW + 7_200_000, why: 'swapping the UPS' });
    expect(said[2]).toBe('Paused until 2026-11-22T10:00:00.000Z: swapping the UPS');
    expect(await readdir(folder)).toEqual(['pause.json']);
    expect(((await stat(join(folder, 'pause.json'))).mode & 0o777).toString(8)).toBe('644');
  });

  it('is over after resume, which may be said again', async () => {
    await order({ forMs: 7_200_000 });

    expect([await order('resume'), await order('resume')]).toEqual([0, 0]);

    expect(await file().load()).toBeUndefined();
    expect(said.slice(2)).toEqual([expect.stringContaining('Resumed'), 'There is no pause.']);
  });

  it('makes no state folder where no harvester has one', async () => {
    expect(await order({ forMs: 1_000 }, join(folder, 'nowhere'))).toBe(2);

    expect(said).toEqual([expect.stringContaining('--state-dir')]);
    expect(await readdir(folder)).toEqual([]);
  });

  it('says so when it cannot be written', async () => {
    const broken = { load: () => Promise.resolve(undefined), write: () => Promise.reject(new Error('EROFS: read-only')), remove: () => Promise.resolve() };
    const code = await runPauseCommand(
      { kind: 'pause', stateDir: folder, forMs: 1, why: undefined },
      { file: broken, now: () => NOW, out: () => undefined, complain: (line) => said.push(line) },
    );

    expect(code).toBe(1);
    expect(said).toEqual([expect.stringContaining('EROFS')]);
  });
});

describe('a pause file', () => {
  it.each([
    ['nothing', ''],
    ['no JSON', '{"until":'],
    ['no time', '{"until":"tomorrow"}'],
    ['no object', '[1]'],
    ['null', 'null'],
  ])('that holds %s is no pause', (_what, text) => {
    expect(decodePause(text)).toBeUndefined();
  });

  it('edited by hand gives nothing that a report could not carry', () => {
    expect(decodePause(`{"until":${NOW},"why":"a\\u0007b\\n${'x'.repeat(300)}"}`)).toEqual({ untilMs: NOW, why: `a b ${'x'.repeat(196)}` });
    expect(decodePause(`{"until":${NOW},"why":" "}`)).toEqual({ untilMs: NOW, why: undefined });
    expect(decodePause(`{"until":${NOW},"why":7}`)).toEqual({ untilMs: NOW, why: undefined });
  });

  it('that cannot be read is no pause', async () => {
    await writeFile(join(folder, 'pause.json'), '{}');
    await chmod(join(folder, 'pause.json'), 0);
    await expect(file(join(folder, 'pause.json')).load()).resolves.toBeUndefined();
  });
});
