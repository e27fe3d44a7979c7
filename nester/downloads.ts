import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Asset, Page } from './api/page.ts';

/** What a site gets from its Nester, by name, as the build puts it into the program. Absent when run from the sources. */
declare const NESTER_DOWNLOADS: Record<string, string> | undefined;

/** Where what is served is, seen from here, in a Nester that runs from its sources. */
const SOURCES: Record<string, string> = { 'harvester.js': '../dist/harvester.js', 'harvester.sh': '../deploy/shell/harvester.sh' };

/**
 * The Harvesters that this Nester serves, so that a site needs nothing from elsewhere and has
 * the version that matches: each by its path, and `/checksums.txt`, the SHA-256 of each in the
 * lines of sha256sum. What was not built is not served.
 */
export async function readDownloads(): Promise<Page> {
  return downloadsOf(typeof NESTER_DOWNLOADS === 'object' ? NESTER_DOWNLOADS : await readSources());
}

export function downloadsOf(texts: Record<string, string>): Page {
  const files = Object.entries(texts).map(([name, text]) => ({ name, body: Buffer.from(text) }));
  const sums = files.map(({ name, body }) => `${createHash('sha256').update(body).digest('hex')}  ${name}\n`);
  const all = [...files, { name: 'checksums.txt', body: Buffer.from(sums.join('')) }];
  return new Map(all.map(({ name, body }) => [`/${name}`, assetOf(body)]));
}

/** As plain text: to be read before it is run, and never taken for a script of the page. */
function assetOf(body: Buffer): Asset {
  return { type: 'text/plain; charset=utf-8', immutable: false, body };
}

async function readSources(): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const [name, at] of Object.entries(SOURCES)) {
    const text = await readFile(new URL(at, import.meta.url), 'utf8').catch(() => undefined);
    if (text !== undefined) texts[name] = text;
  }
  return texts;
}
