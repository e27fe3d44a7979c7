import { isIP } from 'node:net';
import { type Decoded, refused } from '../protocol/decoded.ts';
import {
  type CommandLine,
  describeSettings,
  readDuration,
  readInteger,
  readList,
  readOneOf,
  readSettings,
  readText,
} from '../protocol/settings.ts';
import { LIMIT_SETTINGS, type Limits } from './limits.ts';
import { decodePasswordHash, type PasswordHash } from './auth/people/password.ts';
import { MOST_PASSWORD_BYTES, type PeopleConfig, type Secret } from './auth/people/people.ts';
import { readBasePath } from './http/base-path.ts';
import { readHostNames } from './http/host-rule.ts';
import { parseOrigin } from './http/origin-rule.ts';
import { readTrustProxy, TRUST_NOBODY, type TrustProxy } from './http/trust-proxy.ts';
import type { TlsPaths } from './tls/pair.ts';

/** What Nester is told from outside, checked. */
export interface Config {
  host: string;
  port: number;
  /** As given; relative to the working directory. */
  dataDir: string;
  apiKey: string | undefined;
  /** Absent: nobody needs to log in. */
  people: PeopleConfig | undefined;
  retentionMs: number;
  maxReports: number;
  limits: Limits;
  allowedOrigins: string[];
  /** Names this Nester may be asked under, beside those that are its own anyway. */
  allowedHosts: string[];
  trust: TrustProxy;
  /** What stands before every path, without a slash at its end. */
  basePath: string;
  /** Files of the certificate and its key: HTTPS and WSS in place of HTTP and WS. */
  tls: TlsPaths | undefined;
  logLevel: (typeof LOG_LEVELS)[number];
}

/** NIST SP 800-63B, 3.1.1.2. */
export const LEAST_PASSWORD = 8;

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const TABLE = {
  host: { env: 'NESTER_HOST', flag: 'host', value: 'ADDRESS', help: 'address to listen on', fallback: '0.0.0.0', read: readHost },
  port: { env: 'NESTER_PORT', flag: 'port', value: 'PORT', help: 'port to listen on, 0: any free one', fallback: '5000', read: readInteger(0, 65_535) },
  dataDir: { env: 'NESTER_DATA_DIR', flag: 'data-dir', value: 'FOLDER', help: 'where data.json and log/ are', fallback: '.', read: readText },
  apiKey: { env: 'NESTER_API_KEY', flag: 'api-key', value: 'KEY', help: 'what X-API-Key must say to report or to forget a node', fallback: undefined, read: readKey, secret: true },
  password: { env: 'NESTER_PASSWORD', flag: 'password', value: 'PASSWORD', help: 'what people log in with to see anything', fallback: undefined, read: readPassword, secret: true },
  passwordHash: { env: 'NESTER_PASSWORD_HASH', flag: 'password-hash', value: 'HASH', help: 'the same as a hash, made by nester password', fallback: undefined, read: decodePasswordHash, secret: true },
  viewerPassword: { env: 'NESTER_VIEWER_PASSWORD', flag: 'viewer-password', value: 'PASSWORD', help: 'for those who may see, and change nothing', fallback: undefined, read: readPassword, secret: true },
  viewerPasswordHash: { env: 'NESTER_VIEWER_PASSWORD_HASH', flag: 'viewer-password-hash', value: 'HASH', help: 'the same as a hash', fallback: undefined, read: decodePasswordHash, secret: true },
  readKey: { env: 'NESTER_READ_KEY', flag: 'read-key', value: 'KEY', help: 'what programs that read send as X-API-Key, where there is a password', fallback: undefined, read: readKey, secret: true },
  sessionTime: { env: 'NESTER_SESSION_TIME', flag: 'session-time', value: 'DURATION', help: 'how long a login lasts', fallback: '30d', read: readDuration },
  retention: { env: 'NESTER_RETENTION', flag: 'retention', value: 'DURATION', help: 'how long reports are kept: 12h, 7d, 4w', fallback: '7d', read: readDuration },
  maxReports: { env: 'NESTER_MAX_REPORTS', flag: 'max-reports', value: 'NUMBER', help: 'how many reports are kept', fallback: '2000000', read: readInteger(1, 100_000_000) },
  allowedOrigins: { env: 'NESTER_ALLOWED_ORIGINS', flag: 'allowed-origins', value: 'LIST', help: 'further pages that may connect: https://a.example,...', fallback: undefined, read: readOrigins },
  allowedHosts: { env: 'NESTER_ALLOWED_HOSTS', flag: 'allowed-hosts', value: 'LIST', help: 'further names by which browsers may reach it: status.example.org,...; .example.org: all below it', fallback: undefined, read: readHostNames },
  trustProxy: { env: 'NESTER_TRUST_PROXY', flag: 'trust-proxy', value: 'LIST', help: 'proxies whose X-Forwarded-For is believed: addresses, CIDR, loopback, or hops', fallback: undefined, read: readTrustProxy },
  basePath: { env: 'NESTER_BASE_PATH', flag: 'base-path', value: 'PATH', help: 'where a proxy puts it: /nester. With or without it, requests are taken', fallback: '/', read: readBasePath },
  tlsCert: { env: 'NESTER_TLS_CERT', flag: 'tls-cert', value: 'FILE', help: 'certificate chain in PEM form: serve HTTPS and WSS; read again when it changes', fallback: undefined, read: readText },
  tlsKey: { env: 'NESTER_TLS_KEY', flag: 'tls-key', value: 'FILE', help: 'its private key in PEM form', fallback: undefined, read: readText },
  logLevel: { env: 'NESTER_LOG_LEVEL', flag: 'log-level', value: 'LEVEL', help: LOG_LEVELS.join(', '), fallback: 'info', read: readOneOf(...LOG_LEVELS) },
  ...LIMIT_SETTINGS,
};

/** Settings whose value nobody may see. */
export const SECRETS = Object.values(TABLE).filter((setting) => 'secret' in setting);

export type ReadConfig = { ok: true; config: Config; given: ReadonlyMap<string, string>; line: CommandLine } | { ok: false; problems: string[] };

/** Reads flags over environment. All problems are returned together. */
export function readConfig(environment: Record<string, string | undefined>, args: readonly string[]): ReadConfig {
  const read = readSettings(TABLE, environment, args, ['help', 'version', 'check']);
  if (!read.ok) return read;
  const { host, port, dataDir, retention, maxReports, logLevel } = read.settings;
  // Those without a fallback may be absent.
  const given: Partial<typeof read.settings> = read.settings;
  const { tlsCert, tlsKey } = given;
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    const [missing, there] = tlsCert === undefined ? ['NESTER_TLS_CERT', 'NESTER_TLS_KEY'] : ['NESTER_TLS_KEY', 'NESTER_TLS_CERT'];
    return { ok: false, problems: [`${missing}: is not set, and ${there} alone is of no use`] };
  }
  const people = peopleOf({ ...given, sessionMs: read.settings.sessionTime });
  if (!people.ok) return people;
  return {
    ok: true,
    given: read.given,
    line: read.line,
    config: {
      host,
      port,
      dataDir,
      apiKey: given.apiKey,
      people: people.config,
      retentionMs: retention,
      maxReports,
      limits: limitsOf(read.settings),
      allowedOrigins: given.allowedOrigins ?? [],
      allowedHosts: given.allowedHosts ?? [],
      trust: given.trustProxy ?? TRUST_NOBODY,
      basePath: read.settings.basePath,
      tls: tlsCert === undefined || tlsKey === undefined ? undefined : { cert: tlsCert, key: tlsKey },
      logLevel,
    },
  };
}

interface PeopleSettings {
  apiKey?: string;
  password?: string;
  passwordHash?: PasswordHash;
  viewerPassword?: string;
  viewerPasswordHash?: PasswordHash;
  readKey?: string;
  sessionMs: number;
}

/** What of the settings goes together, and what does not. */
function peopleOf(given: PeopleSettings): { ok: true; config: PeopleConfig | undefined } | { ok: false; problems: string[] } {
  const problems: string[] = [];
  const { password, passwordHash, viewerPassword, viewerPasswordHash, readKey: key, sessionMs } = given;
  if (password !== undefined && passwordHash) problems.push('NESTER_PASSWORD_HASH: is set, and NESTER_PASSWORD too; expected one of them');
  if (viewerPassword !== undefined && viewerPasswordHash) problems.push('NESTER_VIEWER_PASSWORD_HASH: is set, and NESTER_VIEWER_PASSWORD too; expected one of them');
  const admin = secretOf(password, passwordHash);
  const viewer = secretOf(viewerPassword, viewerPasswordHash);
  if (admin === undefined) {
    for (const [name, value] of [['NESTER_VIEWER_PASSWORD', viewer], ['NESTER_READ_KEY', key]] as const) {
      if (value !== undefined) problems.push(`${name}: is of no use without NESTER_PASSWORD or NESTER_PASSWORD_HASH: anybody may read`);
    }
  }
  if (password !== undefined && password === viewerPassword) problems.push('NESTER_VIEWER_PASSWORD: is the same as NESTER_PASSWORD; expected another');
  if (key !== undefined && key === given.apiKey) problems.push('NESTER_READ_KEY: is the same as NESTER_API_KEY; expected another');
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, config: admin && { admin, viewer, readKey: key, sessionMs } };
}

function secretOf(password: string | undefined, hash: PasswordHash | undefined): Secret | undefined {
  if (password !== undefined) return { password };
  return hash && { hash };
}

/** The limits among all settings. */
function limitsOf(settings: Limits): Limits {
  const names = Object.keys(LIMIT_SETTINGS) as (keyof Limits)[];
  return Object.fromEntries(names.map((name) => [name, settings[name]])) as Limits;
}

/** An address in a URL: IPv6 in brackets. */
export function urlHost(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

function readHost(text: string): Decoded<string> {
  const host = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  if (isIP(host) !== 0 || /^[A-Za-z0-9]([A-Za-z0-9.-]{0,252})$/.test(host)) return { ok: true, value: host };
  return refused(`expected an address or a host name, got ${JSON.stringify(text.slice(0, 60))}`);
}

/** What can be sent in a header as it is. The text itself is never shown. */
function readKey(text: string): Decoded<string> {
  if (/^[^\p{Cc}\p{Cs}]{1,512}$/u.test(text)) return { ok: true, value: text };
  return refused('expected 1 to 512 characters, no control characters');
}

/** Short ones are guessed, whatever slows the guesses. The text itself is never shown. */
function readPassword(text: string): Decoded<string> {
  const characters = Array.from(text).length;
  if (characters >= LEAST_PASSWORD && Buffer.byteLength(text) <= MOST_PASSWORD_BYTES && !/\p{Cc}/u.test(text)) return { ok: true, value: text };
  return refused(`expected at least ${LEAST_PASSWORD} characters, no control characters`);
}

function readOrigins(text: string): Decoded<string[]> {
  const list = readList(text);
  if (!list.ok) return list;
  const wrong = list.value.find((origin) => parseOrigin(origin) === undefined);
  if (wrong !== undefined) {
    return refused(`expected origins such as https://status.example.org, without a path, got ${JSON.stringify(wrong.slice(0, 60))}`);
  }
  return { ok: true, value: list.value.flatMap((origin) => parseOrigin(origin)?.origin ?? []) };
}

export const HELP = `Nester: the live screen for many small sites.

Usage: nester [--flag value ...]          start, and say "Nester listening on http://HOST:PORT" (or https)
       nester --check [--flag value ...]  check settings and data folder, and exit: 0 or 2
       nester reset [--data-dir FOLDER]   begin with no reports; what was there is set aside
       nester keys add NAME [--node NODE ...] | list | revoke NAME [--data-dir FOLDER]
                                          keys of sites; NODE: a name or a pattern such as 'lyon-*'
       nester install [--flag value ...]  as root: make it a service of this machine with these settings, or upgrade it
       nester uninstall                   as root: remove the service and the program; the data stay
       nester backup FILE [--data-dir FOLDER]
                                          everything but data.json, in one file; also while Nester runs
       nester restore FILE [--data-dir FOLDER]
                                          bring it back; what is there is set aside
       nester password                    ask for a password, and print what NESTER_PASSWORD_HASH is to be
       nester --help | --version

A flag wins over its variable. Empty means unset.

${describeSettings(TABLE)}

Harvesters and scripts send to          POST /api/report, POST /api/reports, WebSocket /ws/agent
People and programs read                GET /, /api/reports, /api/nodes, /api/nodes/NAME, WebSocket /ws
Sites get the Harvester by              GET /install.sh, /install.ps1, /harvester.js, /harvester.sh, /checksums.txt
Supervisors ask                         GET /healthz, /readyz
With the key, a node is forgotten by    DELETE /api/nodes/NAME
People log in, where there is a password, at GET /login; admins manage keys at /api/keys

Exit codes: 0 stopped as asked, 1 could not start or go on, 2 bad settings.
`;
