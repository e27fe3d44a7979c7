/**
 * The commands that the documentation shows, and which of them a test run has taken from there. A
 * command counts as forgotten when no test asked for its block: what a test has written into
 * itself may be what the page said last year.
 */
import { appendFileSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../deploy/prepare.mjs';

/** @typedef {{ page: string, language: string, text: string }} Block */

/** The file that the tests of one run write down in what they took. Unset where nobody asks. */
const TAKEN = 'NESTER_TEST_TAKEN';
/** French pages hold the blocks of the English ones, which docs.test.ts compares. */
export const PAGES = ['README.md', ...readdirSync(join(root, 'docs')).filter((name) => /^[^.]+\.md$/.test(name)).map((name) => `docs/${name}`)];

/**
 * Every fenced block of a page, in its order.
 * @param {string} page
 * @returns {Block[]}
 */
export function blocksOf(page) {
  return Array.from(readFileSync(join(root, page), 'utf8').matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm), ([, language = '', text = '']) => ({ page, language, text }));
}

/**
 * The block that a page shows and that holds a text, written down as taken.
 * @param {string} page
 * @param {string} containing
 * @returns {string}
 */
export function takeBlock(page, containing) {
  const block = blocksOf(page).find(({ text }) => text.includes(containing));
  if (block === undefined) throw new Error(`${page} has no example with ${containing}`);
  const file = process.env[TAKEN];
  if (file !== undefined) appendFileSync(file, `${nameOf(block)}\n`);
  return block.text;
}

/**
 * What a run must be started with for its tests to write down what they take.
 * @param {string} file
 * @returns {Record<string, string>}
 */
export const takingInto = (file) => ({ [TAKEN]: file });

/**
 * The commands that no test of the run has taken from their page.
 * @param {string} taken What the tests have written down.
 * @param {Block[]} [blocks]
 * @returns {string[]}
 */
export function forgottenCommands(taken, blocks = PAGES.flatMap(blocksOf)) {
  const names = new Set(taken.split('\n'));
  return blocks.filter(isCommand).map(nameOf).filter((name) => !names.has(name));
}

/**
 * Neither JSON nor the picture of a file.
 * @param {Block} block
 * @returns {boolean}
 */
function isCommand({ language, text }) {
  return !['', 'json'].includes(language) || /^(\* \* \* \* \*|[A-Z_]+=\S+ |node |sh |curl |sudo |nester )/m.test(text);
}

/**
 * One line that says which block it is, also after the page has changed around it.
 * @param {Block} block
 * @returns {string}
 */
function nameOf({ page, text }) {
  return JSON.stringify([page, text]);
}
