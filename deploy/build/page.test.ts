import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildPage } from './page.ts';

let source: string;
let folder: string;

beforeEach(async () => {
  source = await mkdtemp(join(tmpdir(), 'nester-page-'));
  folder = join(source, 'out');
  await write('main.ts', 'const text: string = VERSION;\ndocument.title = text.repeat(3);');
  await write('page.css', Array.from({ length: 20 }, (_, row) => `.row-${row} { color: red }`).join('\n'));
  await write('favicon.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>');
  await write('index.html', '<link href="./page.css"><link href="./favicon.svg"><script src="./main.js"></script><a href="/api/nodes">x</a>');
});
afterEach(() => rm(source, { recursive: true }));

const write = (name: string, text: string): Promise<void> => writeFile(join(source, name), text);
const build = () => buildPage(source, folder, { VERSION: '"1.2.3"' });
const textOf = (base64: string | undefined): string => Buffer.from(base64 ?? '', 'base64').toString();

describe('buildPage', () => {
  it('puts the hashed names of scripts, styles and pictures into index.html, and leaves other links alone', async () => {
    const { files } = await build();

    const index = textOf(files['/']?.body);
    const [style, picture, script] = [...index.matchAll(/"\.(\/[^"]+)"/g)].map(([, path = '']) => path);
    expect(style).toMatch(/^\/page-[A-Z0-9]{8}\.css$/);
    expect(picture).toMatch(/^\/favicon-[A-Z0-9]{8}\.svg$/);
    expect(script).toMatch(/^\/main-[A-Z0-9]{8}\.js$/);
    expect(Object.keys(files).sort()).toEqual(['/', '/nodes/', style, picture, script].sort());
    expect(index).toContain('href="/api/nodes"');
  });

  it('makes the page of a node the same, seen from one folder deeper', async () => {
    const { files } = await build();

    expect(textOf(files['/nodes/']?.body)).toBe(textOf(files['/']?.body).replaceAll('"./', '"../'));
  });

  it('has scripts fetched at once that would come one after the other, and of the page of a node those of its screen', async () => {
    await mkdir(join(source, 'views/site'), { recursive: true });
    await write('shared.ts', 'export const shared = (): string => document.title.repeat(3);');
    await write('views/site/site-screen.ts', 'import { shared } from "../../shared.ts";\nexport const screen = shared() + "screen";');
    await write('main.ts', 'import { shared } from "./shared.ts";\nshared();\nvoid import("./views/site/site-screen.ts").then(({ screen }) => screen);');
    await write('index.html', '<html><head>\n  </head><script src="./main.js"></script></html>');

    const { files } = await build();

    const preloads = (page: string): string[] => [...textOf(files[page]?.body).matchAll(/<link rel="modulepreload" href="([^"]+)" \/>/g)].map(([, path = '']) => path);
    const script = (path: string): string => textOf(files[path.replace(/^\.+/, '')]?.body);
    expect(preloads('/').map(script)).toEqual([expect.stringContaining('repeat')]);
    expect(preloads('/nodes/').map(script)).toEqual([expect.stringContaining('repeat'), expect.stringContaining('screen')]);
    expect(preloads('/').every((path) => path.startsWith('./'))).toBe(true);
    expect(preloads('/nodes/').every((path) => path.startsWith('../'))).toBe(true);
  });

  it('lets everything be cached for ever but the page itself', async () => {
    const { files } = await build();

    expect(files['/']?.immutable).toBe(false);
    expect(Object.entries(files).filter(([path]) => !path.endsWith('/')).every(([, { immutable }]) => immutable)).toBe(true);
  });

  it('carries each file compressed, and only where that is smaller', async () => {
    const { files } = await build();

    const style = Object.entries(files).find(([path]) => path.endsWith('.css'))?.[1];
    const picture = Object.entries(files).find(([path]) => path.endsWith('.svg'))?.[1];
    expect(brotliDecompressSync(Buffer.from(style?.br ?? '', 'base64')).toString()).toBe(textOf(style?.body));
    expect(gunzipSync(Buffer.from(style?.gz ?? '', 'base64')).toString()).toBe(textOf(style?.body));
    expect(picture?.gz).toBeUndefined();
  });

  it('writes the same files to the folder, and removes what was there before', async () => {
    await build();
    await writeFile(join(folder, 'main-OLD.js'), '');

    const { files } = await build();

    const pages: Record<string, string> = { '/': 'index.html', '/nodes/': 'nodes.html' };
    const names = Object.keys(files).map((path) => pages[path] ?? path.slice(1));
    expect((await readdir(folder)).sort()).toEqual(names.sort());
    expect(await readFile(join(folder, 'index.html'), 'utf8')).toBe(textOf(files['/']?.body));
  });

  it('gives the same bytes for the same sources, and another name for another script', async () => {
    const first = await build();
    const second = await build();
    await write('main.ts', 'document.title = "other";');
    const third = await build();

    const script = ({ files }: typeof first): string | undefined => Object.keys(files).find((path) => path.endsWith('.js'));
    expect(second.files).toEqual(first.files);
    expect(script(third)).not.toBe(script(first));
  });

  it('fails when index.html refers to a file that is not there', async () => {
    await write('index.html', '<img src="./missing.png">');

    await expect(build()).rejects.toThrow('missing.png');
  });

  it('fails when it does not know the content type of a file', async () => {
    await write('notes.xyz', 'x');
    await write('index.html', '<a href="./notes.xyz">');

    await expect(build()).rejects.toThrow('the page refers to notes');
  });
});
