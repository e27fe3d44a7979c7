import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../deploy/prepare.mjs';

/** The first code block of a page that contains a text. */
export function codeBlock(page: string, containing: string): string {
  const blocks = readFileSync(join(root, page), 'utf8').matchAll(/^```\w*\n([\s\S]*?)^```$/gm);
  const block = [...blocks].map(([, code = '']) => code).find((code) => code.includes(containing));
  if (block === undefined) throw new Error(`${page} has no example with ${containing}`);
  return block;
}
