import { readdir, stat } from 'node:fs/promises';
import { isIP } from 'node:net';
import path from 'node:path';
import { type Config, SECRETS } from './config.ts';
import { TRUST_NOBODY } from './http/trust-proxy.ts';

export interface RiskDeps {
  config: Config;
  /** The data folder. */
  folder: string;
  /** As the program was given them. */
  args: readonly string[];
  /** Modes mean nothing on Windows. */
  platform: NodeJS.Platform;
}

/**
 * What is allowed, works, and should not be left so: each in a sentence that says what can
 * happen and how to mend it. Looks at settings and files; changes nothing.
 */
export async function findRisks({ config, folder, args, platform }: RiskDeps): Promise<string[]> {
  const hasKeys = (await modeOf(path.join(folder, 'keys.json'))) !== undefined;
  const files = platform === 'win32' ? [] : [...(await openFiles(folder)), ...(config.tls ? await openKey(config.tls.key) : [])];
  return [...riskyListening(config, hasKeys), ...secretFlags(args), ...files];
}

function riskyListening({ host, apiKey, people, tls, trust, allowedHosts }: Config, hasKeys: boolean): string[] {
  const risks: string[] = [];
  const isReached = !isLoopback(host);
  if (isReached && apiKey === undefined && !hasKeys && people === undefined) {
    risks.push(
      `NESTER_HOST: ${host} is reached by other machines, and whoever reaches it may read, report and forget nodes. Set NESTER_API_KEY and NESTER_PASSWORD_HASH, or listen on 127.0.0.1`,
    );
  }
  // Whoever names a proxy has one, and that speaks TLS.
  if (isReached && people !== undefined && tls === undefined && trust === TRUST_NOBODY) {
    risks.push(
      'NESTER_PASSWORD: it goes over plain HTTP, where everybody on the way can read it. Set NESTER_TLS_CERT and NESTER_TLS_KEY, or put a proxy that speaks TLS in front and name it in NESTER_TRUST_PROXY',
    );
  }
  if (people === undefined && allowedHosts.includes('*')) {
    risks.push('NESTER_ALLOWED_HOSTS: * lets any page that a browser here opens read everything (DNS rebinding). Name the hosts instead, or set NESTER_PASSWORD_HASH');
  }
  return risks;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function secretFlags(args: readonly string[]): string[] {
  return SECRETS.filter(({ flag }) => args.some((arg) => arg === `--${flag}` || arg.startsWith(`--${flag}=`))).map(
    ({ flag, env }) => `--${flag}: everybody on this machine sees what programs were started with. Set ${env} instead`,
  );
}

const OTHERS_READ = 0o004;
const OTHERS_WRITE = 0o002;
const STICKY = 0o1000;

/** What of the data others on this machine could read or change. */
async function openFiles(folder: string): Promise<string[]> {
  const risks: string[] = [];
  const folderMode = await modeOf(folder);
  if (folderMode !== undefined && (folderMode & OTHERS_WRITE) !== 0 && (folderMode & STICKY) === 0) {
    risks.push(`NESTER_DATA_DIR: others on this machine may put files into ${folder}: chmod o-w ${quoted(folder)}`);
  }
  const open: string[] = [];
  for (const file of await dataFiles(folder)) {
    if (((await modeOf(file)) ?? 0) & (OTHERS_READ | OTHERS_WRITE)) open.push(file);
  }
  if (open.length > 0) risks.push(`NESTER_DATA_DIR: others on this machine may read what Nester keeps: chmod go= ${open.map(quoted).join(' ')}`);
  return risks;
}

/** What Nester keeps, and what it set aside. */
const OWN_FILES = /^(?:(?:data|history|keys|sessions)\.json|(?:status|inventory)\.log)(?:$|\.)/;

async function dataFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  const own = names.filter((name) => OWN_FILES.test(name)).map((name) => path.join(folder, name));
  const segments = await readdir(path.join(folder, 'log')).catch(() => []);
  // One tells; a folder of hundreds would fill the screen.
  return [...own, ...segments.slice(0, 1).map((name) => path.join(folder, 'log', name))];
}

async function openKey(file: string): Promise<string[]> {
  const mode = (await modeOf(file)) ?? 0;
  return mode & OTHERS_READ ? [`NESTER_TLS_KEY: others on this machine may read ${file}: chmod go= ${quoted(file)}`] : [];
}

async function modeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).mode;
  } catch {
    return undefined;
  }
}

const quoted = (file: string): string => (/^[\w./-]+$/.test(file) ? file : `'${file.replaceAll("'", "'\\''")}'`);
