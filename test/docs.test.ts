import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../deploy/prepare.mjs';
import { runProgram } from './support/program.ts';

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const all = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map((match) => match.slice(1).join(' '));

const readmes = ['README.md', 'README.fr.md'];
const pages = [...readmes, 'CHANGELOG.md', 'SECURITY.md', ...readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)];

/** Part of a page from one heading to the next of the same level. */
function section(text: string, title: string): string {
  const from = text.indexOf(`\n### ${title}\n`);
  if (from === -1) throw new Error(`there is no section ${title}`);
  const rest = text.slice(from + 1);
  return rest.slice(0, /\n#{2,3} /.exec(rest)?.index ?? rest.length);
}

describe('the documentation', () => {
  it.each(readmes.flatMap((readme) => [[readme, 'Nester', 'nester.js'] as const, [readme, 'Harvester', 'harvester.js'] as const]))(
    '%s lists every variable and flag of the %s, and no other',
    async (readme, title, program) => {
      const { stdout } = await runProgram(program, ['--help']);

      const documented = all(section(read(readme), title), /^\| `([A-Z_]+)` \| `(--[a-z-]+)` \|/gm);
      const known = all(stdout, /^ +(--[a-z-]+) .*? ((?:NESTER|HARVESTER)[A-Z_]*) /gm).map((pair) => pair.split(' ').reverse().join(' '));

      expect(documented.sort()).toEqual(known.sort());
      expect(known.length).toBeGreaterThan(5);
    },
  );

  it('docs/errors.md lists every code that the sources give to an error, and no other', () => {
    const sources = ['nester', 'harvester', 'protocol', 'public'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts') && !/\.(test|contract)\.ts$/.test(name))
        .map((name) => read(join(folder, name)))
    );
    const settings = new Set(all(read('README.md'), /^\| `([A-Z_]+)` \|/gm));

    const given = new Set(sources.flatMap((source) => all(source, /'((?:NESTER|HARVESTER)_[A-Z_]+)'/g)).filter((code) => !settings.has(code)));
    const listed = all(read('docs/errors.md'), /^\| `([A-Z_]+)` \|/gm);

    expect(listed.sort()).toEqual([...given].sort());
  });

  it.each(pages)('%s links only to what is there', (page) => {
    const text = read(page);

    for (const link of all(text, /\]\((?!https?:)([^)]+)\)/g)) {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : join(dirname(page), path);
      expect(existsSync(join(root, target)), `${page} links to ${link}`).toBe(true);
      if (anchor === undefined) continue;
      const anchors = all(read(target), /^#+ (.+)$/gm).map((heading) => heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-'));
      expect(anchors, `${page} links to ${link}`).toContain(anchor);
    }
  });

  it.each([['README.md', 'README.fr.md'], ['docs/install.md', 'docs/install.fr.md']])('%s and %s say the same: sections, commands, links and settings', (english, french) => {
    const shape = (text: string) => ({
      levels: all(text, /^(#+) /gm),
      code: all(text, /^(```\w*\n[\s\S]*?^```)$/gm).map((block) => block.replace(/#.*/g, '')),
      links: all(text, /\]\(((?:docs|deploy|bench|\.\.)\/[^)]+)\)/g).map((link) => link.replace('.fr.md', '.md')),
      settings: all(text, /^\| `([A-Z_]+)` \| `(--[a-z-]+)` \|/gm),
    });

    expect(shape(read(french))).toEqual(shape(read(english)));
  });
});
