import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Asset, Page } from './api/page.ts';

/** The page as the build puts it into the program: by path, bytes in base64. Absent when run from the sources. */
declare const NESTER_PAGE: Record<string, PageFile> | undefined;

interface PageFile {
  type: string;
  immutable: boolean;
  body: string;
  br?: string;
  gz?: string;
}

/** The page inside the program, or `undefined` when there is none. */
export function builtInPage(): Page | undefined {
  return typeof NESTER_PAGE === 'object' ? pageOf(NESTER_PAGE) : undefined;
}

export function pageOf(files: Record<string, PageFile>): Page {
  return new Map(Object.entries(files).map(([at, file]) => [at, assetOf(file)]));
}

function assetOf({ type, immutable, body, br, gz }: PageFile): Asset {
  const bytes = (base64: string): Buffer => Buffer.from(base64, 'base64');
  return {
    type,
    immutable,
    body: bytes(body),
    ...(br === undefined ? {} : { br: bytes(br) }),
    ...(gz === undefined ? {} : { gz: bytes(gz) }),
  };
}

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};

/** Files that are not served under their own name. */
const PAGES: Record<string, string> = { 'index.html': '/', 'nodes.html': '/nodes/' };

/**
 * Reads the page from where the build writes it, for a Nester that runs from its sources. Empty
 * when it was not built. Whatever else lies there, data for instance, is not served.
 */
export async function readPageFolder(folder: string): Promise<Page> {
  const found = await readdir(folder).catch(() => []);
  const names = found.filter((name) => path.extname(name) in TYPES);
  const entries = names.map(async (name): Promise<[string, Asset]> => {
    const body = await readFile(path.join(folder, name));
    const type = TYPES[path.extname(name)] ?? '';
    // While it is being worked on nothing is worth caching.
    return [PAGES[name] ?? `/${name}`, { type, immutable: false, body }];
  });
  return new Map(await Promise.all(entries));
}
