import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Page } from './api/page.ts';

/** What a site gets from its Nester, by name, as the build puts it into the program. Absent when run from the sources. */
declare const NESTER_DOWNLOADS: Record<string, string> | undefined;

/** What sites get from here, by path. */
export interface Downloads {
  /** The same to all. */
  files: Page;
  /** What depends on the address that this Nester was asked by; `''` where that cannot be told. */
  addressed: ReadonlyMap<string, (address: string) => Buffer>;
}

export const NO_DOWNLOADS: Downloads = { files: new Map(), addressed: new Map() };

/** Where what is served is, seen from here, in a Nester that runs from its sources. */
const SOURCES: Record<string, string> = {
  'harvester.js': '../dist/harvester.js',
  'harvester.sh': '../deploy/shell/harvester.sh',
  'install.sh': '../deploy/shell/install.sh',
  'install.ps1': '../deploy/windows/install.ps1',
  'nester-harvester.service': '../deploy/systemd/nester-harvester.service',
  'nester-harvester-once.service': '../deploy/systemd/nester-harvester-once.service',
  'nester-harvester-once.timer': '../deploy/systemd/nester-harvester-once.timer',
};

/** The line of a script that installs which is to say who served it. */
const SERVED_BY = /^(SERVED_BY=|\$ServedBy = )''$/m;

/**
 * What this Nester serves, so that a site needs nothing from elsewhere and has the version that
 * matches: the Harvesters, what installs them, and `/checksums.txt`, the SHA-256 of each in the
 * lines of sha256sum. What was not built is not served.
 */
export async function readDownloads(): Promise<Downloads> {
  return downloadsOf(typeof NESTER_DOWNLOADS === 'object' ? NESTER_DOWNLOADS : await readSources());
}

export function downloadsOf(texts: Record<string, string>): Downloads {
  const entries = Object.entries(texts);
  const same = entries.filter(([, text]) => !SERVED_BY.test(text)).map(([name, text]) => ({ name, body: Buffer.from(text) }));
  const scripts = entries
    .filter(([, text]) => SERVED_BY.test(text))
    .map(([name, text]) => ({ name, bodyAt: (address: string) => Buffer.from(text.replace(SERVED_BY, (_, name: string) => `${name}'${address}'`)) }));
  const sums = same.map(({ name, body }) => sumLine(name, body));
  const allSums = (address: string): Buffer => Buffer.from([...sums, ...scripts.map(({ name, bodyAt }) => sumLine(name, bodyAt(address)))].join(''));
  return {
    // As plain text: to be read before it is run, and never taken for a script of the page.
    files: new Map(same.map(({ name, body }) => [`/${name}`, { type: 'text/plain; charset=utf-8', immutable: false, body }])),
    addressed: new Map([...scripts.map(({ name, bodyAt }) => [`/${name}`, bodyAt] as const), ['/checksums.txt', allSums]]),
  };
}

function sumLine(name: string, body: Buffer): string {
  return `${createHash('sha256').update(body).digest('hex')}  ${name}\n`;
}

async function readSources(): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const [name, at] of Object.entries(SOURCES)) {
    const text = await readFile(new URL(at, import.meta.url), 'utf8').catch(() => undefined);
    if (text !== undefined) texts[name] = text;
  }
  return texts;
}
