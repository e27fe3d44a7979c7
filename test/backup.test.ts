import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { StoredReport } from '../protocol/report.ts';
import { makeFolder, runProgram, startNester } from './support/program.ts';
import { postReport, postReports, until } from './support/requests.ts';

/** `nester backup` and `nester restore`, of the built program. */

const backup = (file: string, dataDir: string) => runProgram('nester.js', ['backup', file, '--data-dir', dataDir]);
const restore = (file: string, dataDir: string) => runProgram('nester.js', ['restore', file, '--data-dir', dataDir]);

async function reportsOf(url: string): Promise<StoredReport[]> {
  return (await (await fetch(`${url}/api/reports`)).json()) as StoredReport[];
}

describe('a backup of a Nester that runs', () => {
  it('has every report that was acknowledged when it began, and starts without a word about damage', async () => {
    const nester = await startNester({ env: { NESTER_RATE_LIMIT: '0', NESTER_KEY_RATE_LIMIT: '0' } });
    const made = await runProgram('nester.js', ['keys', 'add', 'all', '--node', 'n*', '--data-dir', nester.dataDir]);
    const key = made.stdout.split('\n')[0] ?? '';
    // From then on every report needs it; one that is on its way at that moment would be refused.
    await until('the key is taken up', async () => (await postReport(nester.url, {})).status === 401);
    const beganMs = Date.now() - 3_600_000;
    const taken = makeFolder('backups');
    let acknowledged = 0;
    const over = new AbortController();
    // Load on the log all the while, so that each backup meets it in the middle of a write.
    const load = (async () => {
      while (!over.signal.aborted) {
        const reports = Array.from({ length: 200 }, (_, at) => ({ node: `n${(acknowledged + at) % 50}`, timestamp: new Date(beganMs + acknowledged + at).toISOString(), metrics: { at: acknowledged + at } }));
        const answer = await postReports(nester.url, reports, { 'X-API-Key': key });
        expect(await answer.json()).toEqual({ accepted: reports.length, duplicates: 0, rejected: [] });
        acknowledged += reports.length;
      }
    })();

    for (let number = 0; number < 5; number++) {
      const before = acknowledged;
      const file = join(taken, `${number}.tar.gz`);
      expect(await backup(file, nester.dataDir)).toMatchObject({ code: 0, stderr: '' });
      expect(statSync(file).mode & 0o777).toBe(0o600);

      const folder = makeFolder('restored');
      expect(await restore(file, folder)).toMatchObject({ code: 0, stderr: '' });
      const again = await startNester({ dataDir: folder });
      const seen = new Set((await reportsOf(again.url)).map(({ metrics }) => metrics?.['at']));
      for (let at = 0; at < before; at++) expect(seen.has(at)).toBe(true);
      // Nothing between those that are there is missing.
      expect(Array.from(seen, (at) => at ?? 0).reduce((a, b) => Math.max(a, b), 0)).toBe(Math.max(seen.size - 1, 0));
      expect(again.stderr()).not.toMatch(/damage|BUG|set aside|"level":50/);
      expect(JSON.parse(readFileSync(join(folder, 'data.json'), 'utf8'))).toHaveLength(seen.size);
      expect(readFileSync(join(folder, 'keys.json'), 'utf8')).toBe(readFileSync(join(nester.dataDir, 'keys.json'), 'utf8'));
      await again.stop();
    }
    over.abort();
    await load;

    expect(acknowledged).toBeGreaterThan(1000);
    expect(readdirSync(nester.dataDir).filter((name) => name.startsWith('.'))).toEqual([]);
    await nester.stop();
  });

  it('is read by any tar, and never written over', async () => {
    const nester = await startNester();
    await postReport(nester.url, { node: 'a' });
    const file = join(makeFolder('backups'), 'backup.tar.gz');

    await backup(file, nester.dataDir);
    const names = execFileSync('tar', ['-tzf', file], { encoding: 'utf8' }).trim().split('\n');
    const again = await backup(file, nester.dataDir);

    expect(names).toEqual(expect.arrayContaining(['format.json', 'log/000000001.log']));
    expect(names).not.toContain('data.json');
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('is there already') as string });
  });
});

describe('a backup that is restored', () => {
  it('sets aside what is there, and never goes under a Nester that runs', async () => {
    const first = await startNester();
    await postReport(first.url, { node: 'old' });
    const file = join(makeFolder('backups'), 'backup.tar.gz');
    await backup(file, first.dataDir);
    await postReport(first.url, { node: 'new' });

    expect(await restore(file, first.dataDir)).toMatchObject({ code: 1, stderr: expect.stringContaining('is in use by another Nester') as string });
    await first.stop();
    expect(await restore(file, first.dataDir)).toMatchObject({ code: 0, stdout: expect.stringContaining('.before-restore-') as string });

    const again = await startNester({ dataDir: first.dataDir });
    expect((await reportsOf(again.url)).map(({ node }) => node)).toEqual(['old']);
    const aside = readdirSync(first.dataDir).find((name) => name.startsWith('data.json.before-restore-')) ?? '';
    expect(readFileSync(join(first.dataDir, aside), 'utf8')).toContain('"node":"new"');
    await again.stop();
  });

  it('is refused when it is cut off, none, something else, or of a newer Nester; and nothing is touched', async () => {
    const nester = await startNester();
    await postReport(nester.url, { node: 'a' });
    await nester.stop();
    const folder = makeFolder('backups');
    const good = join(folder, 'good.tar.gz');
    await backup(good, nester.dataDir);
    const before = readFileSync(join(nester.dataDir, 'data.json'), 'utf8');

    const cut = join(folder, 'cut');
    writeFileSync(cut, readFileSync(good));
    truncateSync(cut, statSync(good).size - 20);
    writeFileSync(join(folder, 'text'), 'not a backup at all');
    mkdirSync(join(folder, 'x/log'), { recursive: true });
    writeFileSync(join(folder, 'x/log/000000001.log'), '');
    writeFileSync(join(folder, 'x/format.json'), '{"format":7,"version":"9.9.9"}');
    execFileSync('tar', ['-czf', join(folder, 'newer'), '-C', join(folder, 'x'), 'format.json', 'log/000000001.log']);
    writeFileSync(join(folder, 'x/passwd'), 'root');
    execFileSync('tar', ['-czf', join(folder, 'stranger'), '-C', join(folder, 'x'), 'format.json', 'log/000000001.log', 'passwd']);
    execFileSync('tar', ['-czPf', join(folder, 'climber'), '-C', join(folder, 'x'), '--transform', 's,^passwd,../../climbed,', 'format.json', 'passwd']);

    for (const [name, complaint] of [['cut', 'or not all of it'], ['text', 'no backup of a Nester'], ['newer', 'was written by Nester 9.9.9, in format 7'], ['stranger', 'it holds "passwd"'], ['climber', 'no backup of a Nester'], ['nowhere', 'no such file']]) {
      const { code, stderr } = await restore(join(folder, name ?? ''), nester.dataDir);
      expect([name, code, stderr]).toEqual([name, 1, expect.stringContaining(complaint ?? '')]);
    }

    expect(readFileSync(join(nester.dataDir, 'data.json'), 'utf8')).toBe(before);
    expect(readdirSync(nester.dataDir).filter((name) => /^\.|before-restore/.test(name))).toEqual([]);
    expect(existsSync(join(nester.dataDir, '../climbed'))).toBe(false);
  });
});

describe('a data folder', () => {
  it('of a newer Nester is not started from, and stays as it is', async () => {
    const dataDir = makeFolder();
    writeFileSync(join(dataDir, 'format.json'), '{"format":2,"version":"1.4.0"}\n');
    writeFileSync(join(dataDir, 'data.json'), '[\n]\n');

    const { code, stderr } = await runProgram('nester.js', ['--port', '0', '--data-dir', dataDir]);

    expect(code).toBe(1);
    expect(stderr).toContain('was written by Nester 1.4.0, in format 2; this one knows format 1 and older ones');
    expect(readdirSync(dataDir).toSorted()).toEqual(['data.json', 'format.json']);
  });
});
