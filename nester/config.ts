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
  retentionMs: number;
  maxReports: number;
  limits: Limits;
  allowedOrigins: string[];
  /** Names this Nester may be asked under, beside those that are its own anyway. */
  allowedHosts: string[];
  trust: TrustProxy;
  /** Files of the certificate and its key: HTTPS and WSS in place of HTTP and WS. */
  tls: TlsPaths | undefined;
  logLevel: (typeof LOG_LEVELS)[number];
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const TABLE = {
  host: { env: 'NESTER_HOST', flag: 'host', value: 'ADDRESS', help: 'address to listen on', fallback: '0.0.0.0', read: readHost },
  port: { env: 'NESTER_PORT', flag: 'port', value: 'PORT', help: 'port to listen on, 0: any free one', fallback: '5000', read: readInteger(0, 65_535) },
  dataDir: { env: 'NESTER_DATA_DIR', flag: 'data-dir', value: 'FOLDER', help: 'where data.json and log/ are', fallback: '.', read: readText },
  apiKey: { env: 'NESTER_API_KEY', flag: 'api-key', value: 'KEY', help: 'what X-API-Key must say to report or to forget a node', fallback: undefined, read: readKey, secret: true },
  retention: { env: 'NESTER_RETENTION', flag: 'retention', value: 'DURATION', help: 'how long reports are kept: 12h, 7d, 4w', fallback: '7d', read: readDuration },
  maxReports: { env: 'NESTER_MAX_REPORTS', flag: 'max-reports', value: 'NUMBER', help: 'how many reports are kept', fallback: '2000000', read: readInteger(1, 100_000_000) },
  allowedOrigins: { env: 'NESTER_ALLOWED_ORIGINS', flag: 'allowed-origins', value: 'LIST', help: 'further pages that may connect: https://a.example,...', fallback: undefined, read: readOrigins },
  allowedHosts: { env: 'NESTER_ALLOWED_HOSTS', flag: 'allowed-hosts', value: 'LIST', help: 'further names by which browsers may reach it: status.example.org,...; .example.org: all below it', fallback: undefined, read: readHostNames },
  trustProxy: { env: 'NESTER_TRUST_PROXY', flag: 'trust-proxy', value: 'LIST', help: 'proxies whose X-Forwarded-For is believed: addresses, CIDR, loopback, or hops', fallback: undefined, read: readTrustProxy },
  tlsCert: { env: 'NESTER_TLS_CERT', flag: 'tls-cert', value: 'FILE', help: 'certificate chain in PEM form: serve HTTPS and WSS; read again when it changes', fallback: undefined, read: readText },
  tlsKey: { env: 'NESTER_TLS_KEY', flag: 'tls-key', value: 'FILE', help: 'its private key in PEM form', fallback: undefined, read: readText },
  logLevel: { env: 'NESTER_LOG_LEVEL', flag: 'log-level', value: 'LEVEL', help: LOG_LEVELS.join(', '), fallback: 'info', read: readOneOf(...LOG_LEVELS) },
  ...LIMIT_SETTINGS,
};

export type ReadConfig = { ok: true; config: Config; line: CommandLine } | { ok: false; problems: string[] };

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
  return {
    ok: true,
    line: read.line,
    config: {
      host,
      port,
      dataDir,
      apiKey: given.apiKey,
      retentionMs: retention,
      maxReports,
      limits: limitsOf(read.settings),
      allowedOrigins: given.allowedOrigins ?? [],
      allowedHosts: given.allowedHosts ?? [],
      trust: given.trustProxy ?? TRUST_NOBODY,
      tls: tlsCert === undefined || tlsKey === undefined ? undefined : { cert: tlsCert, key: tlsKey },
      logLevel,
    },
  };
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
       nester --help | --version

A flag wins over its variable. Empty means unset.

${describeSettings(TABLE)}

Harvesters and scripts send to          POST /api/report, POST /api/reports, WebSocket /ws/agent
People and programs read                GET /, /api/reports, /api/nodes, /api/nodes/NAME, WebSocket /ws
Supervisors ask                         GET /healthz, /readyz
With the key, a node is forgotten by    DELETE /api/nodes/NAME

Exit codes: 0 stopped as asked, 1 could not start or go on, 2 bad settings.
`;
