import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createUpdateFolder, sha256Of } from './update-folder.ts';

function aFolder() {
  const stateDir = mkdtempSync(join(tmpdir(), 'nester-update-test-'));
  onTestFinished(() => rmSync(stateDir, { recursive: true }));
  const installed = join(stateDir, 'installed.js');
  writeFileSync(installed, 'the installed one');
  return { stateDir, installed, updated: join(stateDir, 'update/harvester.js'), folder: createUpdateFolder({ stateDir, installed }) };
}

describe('what a Harvester keeps of its updates', () => {
  it('is nothing at first, and leaves no trace', () => {
    const { folder, stateDir } = aFolder();

    expect([folder.choose(), folder.isOnTrial(), existsSync(join(stateDir, 'update'))]).toEqual([undefined, false, false]);
  });

  it('is run in place of the installed one, and for good once it has reported', () => {
    const { folder, updated } = aFolder();
    folder.take('the newer one');

    expect([folder.choose(), folder.isOnTrial(), readFileSync(updated, 'utf8')]).toEqual([updated, true, 'the newer one']);
    folder.proven();
    for (let start = 0; start < 10; start++) expect(folder.choose()).toBe(updated);
    expect(folder.isOnTrial()).toBe(false);
  });

  it('is given up after three starts without a report, and not taken again', () => {
    const { folder, updated } = aFolder();
    folder.take('a bad one');

    expect([folder.choose(), folder.choose(), folder.choose(), folder.choose(), folder.choose()]).toEqual([updated, updated, updated, undefined, undefined]);
    expect(folder.wasRefused(sha256Of('a bad one'))).toBe(true);
    expect(folder.wasRefused(sha256Of('another one'))).toBe(false);
    expect(existsSync(updated)).toBe(false);
  });

  it('gives way to what somebody installed since', () => {
    const { folder, installed, updated } = aFolder();
    folder.take('the newer one');
    writeFileSync(installed, 'installed by hand');

    expect([folder.choose(), existsSync(updated)]).toEqual([undefined, false]);
  });

  it('says every six hours that it is time to look', () => {
    const { folder } = aFolder();
    const atMs = Date.UTC(2026, 0, 1);

    expect([folder.isDue(atMs), folder.isDue(atMs + 60_000), folder.isDue(atMs + 6 * 3_600_000), folder.isDue(0)]).toEqual([true, false, true, true]);
  });
});
