import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build, type Metafile } from 'esbuild';

/** One file of the page as it is carried inside `nester.js`: bytes in base64. */
export interface PageFile {
  /** Content-Type. */
  type: string;
  /** The name carries a hash of the content, so it may be cached for ever. */
  immutable: boolean;
  body: string;
  /** Left out when it would not be smaller than `body`. */
  br?: string;
  gz?: string;
}

export interface BuiltPage {
  /** By path: `/` is index.html, `/nodes/` the same for the pages of nodes, the others are like `/main-3FQK7TWA.js`. */
  files: Record<string, PageFile>;
  /** What went into the scripts: for the licences. */
  metafile: Metafile;
}

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
};

/**
 * Builds the page of `source` (main.ts, page.css, index.html and what it refers to as `./name`)
 * into `folder`, which is emptied first. The same sources always give the same bytes.
 */
export async function buildPage(source: string, folder: string, define: Record<string, string>): Promise<BuiltPage> {
  const bundle = await build({
    absWorkingDir: source,
    entryPoints: ['./main.ts', './page.css'],
    outdir: folder,
    entryNames: '[name]-[hash]',
    chunkNames: 'part-[hash]',
    assetNames: '[name]-[hash]',
    loader: { '.svg': 'file', '.png': 'file', '.woff2': 'file' },
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    legalComments: 'eof',
    define,
    metafile: true,
    write: false,
    logLevel: 'silent',
  });

  const contents = new Map<string, Uint8Array>();
  const builtNames = new Map<string, string>();
  for (const file of bundle.outputFiles) contents.set(file.path.slice(folder.length + 1), file.contents);
  for (const [path, { entryPoint }] of Object.entries(bundle.metafile.outputs)) {
    const name = join(source, path).slice(folder.length + 1);
    if (entryPoint === 'main.ts' && name.endsWith('.js')) builtNames.set('main.js', name);
    if (entryPoint === 'page.css' && name.endsWith('.css')) builtNames.set('page.css', name);
  }

  const html = await readFile(join(source, 'index.html'), 'utf8');
  for (const [, name = ''] of html.matchAll(REFERENCE)) {
    if (builtNames.has(name)) continue;
    const bytes = await readFile(join(source, name));
    const hashed = withHash(name, bytes);
    builtNames.set(name, hashed);
    contents.set(hashed, bytes);
  }
  const index = html.replace(REFERENCE, (text, name: string) => text.replace(name, builtNames.get(name) ?? name));

  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  // The same page one folder deeper: `/nodes/lyon-01`.
  const partsOf = (entryPoint: string): string[] => scriptsFor(bundle.metafile, entryPoint).map((path) => join(source, path).slice(folder.length + 1));
  const pages = {
    index: withPreloads(index, partsOf('main.ts')),
    nodes: withPreloads(index, [...new Set([...partsOf('main.ts'), ...partsOf(SITE_SCREEN)])]).replace(/(\b(?:src|href)=")\.\//g, '$1../'),
  };
  const files: Record<string, PageFile> = {
    '/': pageFile('index.html', Buffer.from(pages.index), false),
    '/nodes/': pageFile('nodes.html', Buffer.from(pages.nodes), false),
  };
  await writeFile(join(folder, 'index.html'), pages.index);
  await writeFile(join(folder, 'nodes.html'), pages.nodes);
  for (const [name, bytes] of [...contents].sort(([a], [b]) => (a < b ? -1 : 1))) {
    files[`/${name}`] = pageFile(name, bytes, true);
    await writeFile(join(folder, name), bytes);
  }
  return { files, metafile: bundle.metafile };
}

/** `src="./main.js"`, `href="./page.css"`: what index.html takes from its own folder. */
const REFERENCE = /\b(?:src|href)="\.\/([A-Za-z0-9][A-Za-z0-9._-]*)"/g;

/** What the page of a node fetches as soon as it knows that it is one. */
const SITE_SCREEN = 'views/site/site-screen.ts';

/** The scripts that an entry is made of: its own, and whatever they import, on and on. */
function scriptsFor({ outputs }: Metafile, entryPoint: string): string[] {
  const found = new Set(Object.keys(outputs).filter((path) => outputs[path]?.entryPoint === entryPoint));
  for (const path of found) for (const { path: imported, kind } of outputs[path]?.imports ?? []) if (kind === 'import-statement') found.add(imported);
  return [...found];
}

/** Has the browser fetch scripts at once that it would learn of only from those that import them, one round trip after the other. */
function withPreloads(html: string, names: readonly string[]): string {
  const links = names.filter((name) => !html.includes(`src="./${name}"`)).map((name) => `<link rel="modulepreload" href="./${name}" />`);
  return links.length === 0 ? html : html.replace('</head>', `  ${links.join('\n    ')}\n  </head>`);
}

function withHash(name: string, bytes: Uint8Array): string {
  const extension = extname(name);
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 8).toUpperCase();
  return `${name.slice(0, name.length - extension.length)}-${hash}${extension}`;
}

function pageFile(name: string, bytes: Uint8Array, immutable: boolean): PageFile {
  const type = TYPES[extname(name)];
  if (type === undefined) throw new Error(`the page refers to ${name}, and its content type is not known: add it to TYPES`);
  const br = brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
  const gz = gzipSync(bytes, { level: 9 });
  return {
    type,
    immutable,
    body: Buffer.from(bytes).toString('base64'),
    ...(br.length < bytes.length ? { br: br.toString('base64') } : {}),
    ...(gz.length < bytes.length ? { gz: gz.toString('base64') } : {}),
  };
}
