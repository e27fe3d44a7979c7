import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readPageFolder } from './page-source.ts';

describe('the folder of the page', () => {
  it('gives the files of a page, and nothing else that lies there', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nester-page-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    for (const name of ['index.html', 'main.js', 'data.json', 'keys.json', 'status.log', '.env', 'nester.lock']) writeFileSync(join(folder, name), name);

    const page = await readPageFolder(folder);

    expect([...page.keys()].toSorted()).toEqual(['/', '/main.js']);
  });

  it('may be missing', async () => {
    expect((await readPageFolder('/nowhere/at/all')).size).toBe(0);
  });
});
