import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isInstalled } from './installed.mjs';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nester-installed-'));
  await mkdir(join(folder, 'node_modules'));
});
afterEach(() => rm(folder, { recursive: true }));

const express = { version: '5.0.0', integrity: 'sha512-a' };
const forAnotherSystem = { version: '1.0.0', integrity: 'sha512-b', optional: true };

async function given(wanted: object, present: object | string | undefined): Promise<void> {
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify({ packages: { '': { name: 'nester' }, ...wanted } }));
  if (present === undefined) return;
  const text = typeof present === 'string' ? present : JSON.stringify({ packages: present });
  await writeFile(join(folder, 'node_modules', '.package-lock.json'), text);
}

describe('isInstalled', () => {
  it('says yes when every package is there in its version', async () => {
    await given({ 'node_modules/express': express }, { 'node_modules/express': express });

    expect(await isInstalled(folder)).toBe(true);
  });

  it('does not miss an optional package for another system', async () => {
    await given({ 'node_modules/express': express, 'node_modules/other': forAnotherSystem }, { 'node_modules/express': express });

    expect(await isInstalled(folder)).toBe(true);
  });

  it.each([
    ['nothing was installed', undefined],
    ['an installation was interrupted while it wrote', '{"packages": {'],
    ['a package is missing', {}],
    ['a package has another version', { 'node_modules/express': { ...express, version: '4.0.0' } }],
    ['a package has other content', { 'node_modules/express': { ...express, integrity: 'sha512-z' } }],
    ['a package is there that the lock file does not know', { 'node_modules/express': express, 'node_modules/old': express }],
  ])('says no when %s', async (_case, present) => {
    await given({ 'node_modules/express': express }, present);

    expect(await isInstalled(folder)).toBe(false);
  });
});
