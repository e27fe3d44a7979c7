import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/**
 * The licences of what was bundled. The programs are copied alone to other machines, so each
 * carries them with it, at its end.
 */

export interface Licence {
  /** Such as `ws 8.23.0 (MIT)`. */
  title: string;
  text: string;
}

/** Licences of the packages that left bytes in an output, by package name. */
export async function licencesOf(outputs: readonly Metafile['outputs'][string][], root: string): Promise<Licence[]> {
  const folders = new Set<string>();
  for (const { inputs } of outputs) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path.replaceAll('\\', '/'))?.[0];
      if (folder !== undefined && bytesInOutput > 0) folders.add(folder.slice(folder.indexOf('node_modules/')));
    }
  }
  return Promise.all([...folders].sort().map((folder) => licenceOf(join(root, folder))));
}

async function licenceOf(folder: string): Promise<Licence> {
  const about = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;
  const file = (await readdir(folder)).sort().find((name) => /^(licen[cs]e|copying)/i.test(name));
  const licence = typeof about['license'] === 'string' ? about['license'] : 'see its package';
  const text = file === undefined ? `(${licence}; the package has no licence file)` : await readFile(join(folder, file), 'utf8');
  return { title: `${String(about['name'])} ${String(about['version'])} (${licence})`, text: text.trim().replaceAll('\r\n', '\n') };
}

/** All licences as one text. */
export function licenceText(licences: readonly Licence[]): string {
  const parts = licences.map(({ title, text }) => `${title}\n${'-'.repeat(title.length)}\n${text}\n`);
  return `Nester includes parts of these packages, under their licences.\n\n${parts.join('\n\n')}`;
}

/** The same as a comment for the end of a script. */
export function licenceComment(licences: readonly Licence[]): string {
  return `\n/*\n${licenceText(licences).replaceAll('*/', '* /')}*/\n`;
}
