import { LIMITS } from '../protocol/limits.ts';
import { readDuration, readInteger, readSettings, type Setting, type SettingsOf } from '../protocol/settings.ts';

/**
 * What one sender, one address, one socket or everybody together may use of this Nester. Each
 * is a setting. The fallbacks bear the largest fleet that one Nester is made for, behind one
 * address: 10,000 agents and 1,000 open pages.
 */
export const LIMIT_SETTINGS = {
  bodyBytes: count('NESTER_MAX_BODY', 'BYTES', 'bytes of one report', LIMITS.reportBytes, 1_024, 16 * 1024 * 1024),
  batchBytes: count('NESTER_MAX_BATCH', 'BYTES', 'bytes of one POST of many reports', LIMITS.batchBytes, 1_024, 256 * 1024 * 1024),
  frameBytes: count('NESTER_MAX_FRAME', 'BYTES', 'bytes of one frame of an agent', LIMITS.agentFrameBytes, 1_024, 16 * 1024 * 1024),
  jsonDepth: count('NESTER_MAX_JSON_DEPTH', 'LEVELS', 'levels of objects and arrays in JSON that is sent', LIMITS.jsonDepth, 4, 1_000),
  nodes: count('NESTER_MAX_NODES', 'NUMBER', 'nodes; reports of further ones are refused', 20_000, 1, 1_000_000),
  addressRate: rate('NESTER_RATE_LIMIT', 'reports per second from one address'),
  keyRate: rate('NESTER_KEY_RATE_LIMIT', 'reports per second with one key'),
  messageRate: count('NESTER_MAX_MESSAGES', 'NUMBER', 'messages per second on one WebSocket; agents are read slower, pages are closed', 10_000, 1, 1_000_000),
  sockets: count('NESTER_MAX_SOCKETS', 'NUMBER', 'open WebSockets', 20_000, 1, 1_000_000),
  socketsPerAddress: count('NESTER_MAX_SOCKETS_PER_ADDRESS', 'NUMBER', 'open WebSockets of one address', 12_000, 1, 1_000_000),
  connections: count('NESTER_MAX_CONNECTIONS', 'NUMBER', 'open connections', 25_000, 1, 1_000_000),
  connectionsPerAddress: count('NESTER_MAX_CONNECTIONS_PER_ADDRESS', 'NUMBER', 'open connections of one address that is no trusted proxy', 15_000, 1, 1_000_000),
  headersMs: duration('NESTER_HEADERS_TIMEOUT', 'how long the headers of a request may take', '15s'),
  bodyMs: duration('NESTER_BODY_TIMEOUT', 'how long the rest of a request may take', '2m'),
  idleMs: duration('NESTER_IDLE_TIMEOUT', 'how long a connection may be idle between requests', '75s'),
  stalledMs: duration('NESTER_STALLED_TIMEOUT', 'how long an answer may wait for somebody who takes nothing of it', '2m'),
  headers: count('NESTER_MAX_HEADERS', 'NUMBER', 'headers of a request', 100, 20, 2_000),
  headerBytes: count('NESTER_MAX_HEADER_BYTES', 'BYTES', 'bytes of all headers of a request', 16 * 1024, 1_024, 1024 * 1024),
  viewerBytes: count('NESTER_MAX_VIEWER_BUFFER', 'BYTES', 'bytes that wait for a page that takes nothing', 1024 * 1024, 16 * 1024, 256 * 1024 * 1024),
  longPolls: count('NESTER_MAX_LONG_POLLS', 'NUMBER', 'questions with wait= at a time', 500, 1, 100_000),
} satisfies Record<string, Setting<number>>;

export type Limits = SettingsOf<typeof LIMIT_SETTINGS>;

/** What holds where nothing is set. */
export const DEFAULT_LIMITS: Limits = fallbacks();

function count(env: string, value: string, help: string, fallback: number, least: number, most: number): Setting<number> {
  return { env, flag: flagOf(env), value, help: `at most so many ${help}`, fallback: String(fallback), read: readInteger(least, most) };
}

function rate(env: string, help: string): Setting<number> {
  return { env, flag: flagOf(env), value: 'NUMBER', help: `at most so many ${help}, 0: any`, fallback: '20000', read: readInteger(0, 10_000_000) };
}

function duration(env: string, help: string, fallback: string): Setting<number> {
  return { env, flag: flagOf(env), value: 'DURATION', help, fallback, read: readTimeout };
}

/** No longer than a day: what is never due is no limit. */
function readTimeout(text: string): ReturnType<typeof readDuration> {
  const read = readDuration(text);
  if (!read.ok || read.value <= 86_400_000) return read;
  return { ok: false, errors: [{ path: '', message: `expected at most 24h, got ${JSON.stringify(text.slice(0, 60))}` }] };
}

function flagOf(env: string): string {
  return env.slice('NESTER_'.length).toLowerCase().replaceAll('_', '-');
}

function fallbacks(): Limits {
  const read = readSettings(LIMIT_SETTINGS, {}, [], []);
  if (!read.ok) throw new Error(`BUG: ${read.problems.join('; ')}`);
  return read.settings;
}
