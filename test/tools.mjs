import { spawnSync } from 'node:child_process';

/**
 * The programs of other people that the tests run, and how to get them. Tests never skip for
 * want of one: `npm test` installs what is missing where it may, else says what to type.
 */

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
const PYTHONS = ['python3', '/usr/bin/python3'];

/** @type {{ name: string, aptPackage: string, find: () => string | undefined }[]} */
const TOOLS = [
  { name: 'Chromium', aptPackage: 'chromium', find: findBrowser },
  { name: 'ping', aptPackage: 'iputils-ping', find: () => onPath('ping') },
  { name: 'nmap', aptPackage: 'nmap', find: () => onPath('nmap') },
  { name: 'ip and tc', aptPackage: 'iproute2', find: () => onPath('ip') && onPath('tc') },
  { name: 'jq', aptPackage: 'jq', find: () => onPath('jq') },
  { name: 'dash', aptPackage: 'dash', find: () => onPath('dash') },
  { name: 'BusyBox', aptPackage: 'busybox', find: () => onPath('busybox') },
  { name: 'GNU wget', aptPackage: 'wget', find: () => onPath('wget') },
  { name: 'openssl', aptPackage: 'openssl', find: () => onPath('openssl') },
  { name: 'curl', aptPackage: 'curl', find: () => onPath('curl') },
  { name: 'debootstrap', aptPackage: 'debootstrap', find: () => onPath('debootstrap') },
  { name: 'systemd-analyze', aptPackage: 'systemd', find: () => onPath('systemd-analyze') },
  { name: 'nginx', aptPackage: 'nginx', find: () => onPath('nginx') },
  { name: 'Caddy', aptPackage: 'caddy', find: () => onPath('caddy') },
  { name: 'Python with requests', aptPackage: 'python3-requests', find: findPython },
];

/** A Chromium or Chrome: `CHROMIUM_PATH` if it is set, else from the PATH. */
export function findBrowser() {
  return process.env['CHROMIUM_PATH'] || BROWSERS.map(onPath).find((path) => path !== undefined);
}

/** A Python 3 that can import `requests`. */
export function findPython() {
  return PYTHONS.find((python) => succeeds(python, ['-c', 'import requests']));
}

/** Names of the Debian packages that are wanted and not there. */
export function missingPackages() {
  return TOOLS.filter(({ find }) => find() === undefined).map(({ aptPackage }) => aptPackage);
}

/**
 * Installs what is missing, when it may. Throws with the line to type when it may not, or when
 * that did not help.
 * @param {(line: string) => void} say
 */
export function ensureTools(say) {
  const missing = missingPackages();
  if (missing.length === 0) return;
  const line = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid?.() !== 0 || onPath('apt-get') === undefined) {
    throw new Error(`The tests need what is not installed here. On Debian or Ubuntu: sudo ${line}`);
  }
  say(`Installing what the tests need: ${missing.join(' ')}`);
  apt(['update', '-qq']);
  apt(['install', '-y', '-qq', '--no-install-recommends', ...missing]);
  const still = missingPackages();
  if (still.length > 0) throw new Error(`Still missing after installing: ${still.join(' ')}. Try: apt-get update && ${line}`);
}

/** @param {string[]} args */
function apt(args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status } = spawnSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`apt-get ${args.join(' ')} failed (exit code ${status})`);
}

/**
 * Looks where system tools are, also when the PATH of an ordinary user leaves `sbin` out.
 * @param {string} name
 * @returns {string | undefined}
 */
export function onPath(name) {
  const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin` };
  const { status, stdout } = spawnSync('sh', ['-c', 'command -v "$1"', 'sh', name], { env, encoding: 'utf8' });
  return status === 0 && stdout.trim() !== '' ? stdout.trim() : undefined;
}

/**
 * @param {string} command
 * @param {string[]} args
 */
function succeeds(command, args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}
