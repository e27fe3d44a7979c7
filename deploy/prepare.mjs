import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isInstalled } from './installed.mjs';

/**
 * What must be there before anything can run: the packages and the built programs. Both steps
 * look first and do nothing when all is in place, so every command may begin with them.
 *
 * Plain JavaScript, and nothing but Node: it runs on a fresh clone.
 */

export const root = fileURLToPath(new URL('../', import.meta.url));
const dist = join(root, 'dist');

/** Says what takes time. @typedef {(line: string) => void} Say */

/**
 * `npm ci`, unless node_modules holds what package-lock.json asks for.
 * @param {Say} say
 */
export async function install(say) {
  if (await isInstalled(root)) return;
  say('Installing packages (npm ci)...');
  // Everything is a devDependency, because the build bundles it: NODE_ENV=production must not leave it out.
  await run(...npm(), ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']);
}

/** npm as the running npm was started, else from the PATH. @returns {[command: string, args: string[]]} */
function npm() {
  const own = process.env['npm_execpath'];
  if (own !== undefined && /npm-cli\.[cm]?js$/.test(own)) return [process.execPath, [own]];
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm', []];
}

/**
 * Builds into `dist/`, unless what is there was made from the same sources. The old files stay
 * until the new ones are complete.
 * @param {Say} say
 * @param {{ force?: boolean }} [options]
 */
export async function build(say, { force = false } = {}) {
  const stamp = join(dist, '.built-from');
  const sources = await hashSources();
  const built = existsSync(join(dist, 'nester.js')) && existsSync(join(dist, 'harvester.js'));
  if (!force && built && (await readFile(stamp, 'utf8').catch(() => '')) === sources) return;

  say('Building...');
  const next = join(dist, `.next-${process.pid}`);
  await mkdir(next, { recursive: true });
  try {
    await run(process.execPath, [join(root, 'node_modules/tsup/dist/cli-default.js')], ['--out-dir', next, '--silent']);
    await rename(join(dist, 'public'), join(next, 'public-before')).catch(() => undefined);
    for (const name of ['public', 'LICENSES', 'package.json', 'harvester.js', 'nester.js']) await rename(join(next, name), join(dist, name));
    await writeFile(stamp, sources);
  } finally {
    await rm(next, { recursive: true, force: true });
  }
}

/** One hash of everything that the programs are made from. */
async function hashSources() {
  const hash = createHash('sha256').update(process.versions.node);
  const files = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsup.config.ts'];
  for (const folder of ['deploy/build', 'deploy/shell', 'deploy/systemd', 'deploy/windows', 'protocol', 'nester', 'harvester', 'public']) {
    const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      if (entry.isFile() && !/\.(test|contract)\.ts$/.test(entry.name)) files.push(join(entry.parentPath, entry.name).slice(root.length));
    }
  }
  for (const file of files.sort()) hash.update(`\0${file}\0`).update(await readFile(join(root, file)));
  return hash.digest('hex');
}

/**
 * Runs a command to its end, its output shown. Rejects when it fails.
 * @param {string} command
 * @param {string[]} before
 * @param {string[]} args
 * @returns {Promise<void>}
 */
function run(command, before, args) {
  return new Promise((resolve, reject) => {
    const shell = command.endsWith('.cmd');
    const child = spawn(command, [...before, ...args], { cwd: root, shell, stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${[command, ...before, ...args].join(' ')} failed (exit code ${code})`));
    });
  });
}
