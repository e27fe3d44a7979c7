import type { Exchange, ExchangeResult } from '../deliver/exchange.ts';
import { judgeBatch } from '../deliver/verdict.ts';
import { oneLine } from '../log.ts';
import { type Finding, notOk, ok } from './finding.ts';

export interface NesterCheckDeps {
  exchange: Exchange;
  key: string | undefined;
  /** Of this Harvester. */
  version: string;
  platform: string;
  /** Epoch ms. */
  now: () => number;
}

const CONNECT_MS = 5_000;
const DEADLINE_MS = 15_000;
const ANSWER_BYTES = 64 * 1024;
/** The header in which a Nester tells its version to those who have the key. */
const VERSION_HEADER = 'nester-version';
/** A report from the future is refused at 10 minutes; long before, charts show what never was. */
const CLOCK_MS = 30_000;

/**
 * Whether a Nester is there, takes the key, and has the same time and version. It is asked with a
 * batch of no reports: that passes every check that reports pass, and leaves nothing behind.
 */
export async function checkNester(base: string, { exchange, key, version, platform, now }: NesterCheckDeps): Promise<Finding[]> {
  const askedMs = now();
  const result = await exchange({
    url: `${base}api/reports`,
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': `nester-harvester/${version}`, ...(key === undefined ? {} : { 'x-api-key': key }) },
    body: '[]',
    connectMs: CONNECT_MS,
    deadlineMs: DEADLINE_MS,
    limitBytes: ANSWER_BYTES,
  });
  const answeredMs = now();
  const verdict = judgeBatch(result, 0, answeredMs);
  const reachable = `reach ${base}`;
  if (!result.ok) return [notOk(reachable, result.reason, `curl -v ${base}healthz`)];
  // 401 and 403 come from a Nester, or from something that wants another kind of key.
  if (verdict.kind === 'unauthorised') {
    return [ok(reachable, 'it answers'), notOk('key', verdict.reason, 'set NESTER_API_KEY to the key of the Nester')];
  }
  if (verdict.kind !== 'judged') return [notOk(reachable, verdict.reason, 'set NESTER to the address that the page is at')];
  return [
    ok(reachable, `it answers, in ${Math.round(answeredMs - askedMs)} ms`),
    ok('key', key === undefined ? 'none is set, and none is asked for' : 'accepted'),
    clockFinding(result, (askedMs + answeredMs) / 2, platform),
    versionFinding(result.headers[VERSION_HEADER], version),
  ];
}

function clockFinding({ headers }: ExchangeResult & { ok: true }, nowMs: number, platform: string): Finding {
  const theirs = Date.parse(headers['date'] ?? '');
  if (Number.isNaN(theirs)) return ok('clock', 'unknown: the Nester does not tell the time');
  // The header is in whole seconds, cut off.
  const aheadMs = nowMs - (theirs + 500);
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  if (Math.abs(aheadMs) < 1_500) return ok('clock', 'that of the Nester, to about a second');
  const said = `${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} that of the Nester`;
  return Math.abs(aheadMs) <= CLOCK_MS ? ok('clock', said) : notOk('clock', said, setTheClock(platform));
}

function setTheClock(platform: string): string {
  if (platform === 'win32') return 'w32tm /resync';
  return platform === 'darwin' ? 'sudo sntp -sS time.apple.com' : 'sudo timedatectl set-ntp true';
}

function versionFinding(theirs: string | undefined, ours: string): Finding {
  if (theirs === undefined) return ok('version', `${ours}; that of the Nester is unknown`);
  const shown = oneLine(theirs, 40);
  if (theirs === ours) return ok('version', `${ours}, as the Nester's`);
  return notOk('version', `${ours}, and the Nester's is ${shown}`, `copy the dist/harvester.js of Nester ${shown} to this machine`);
}
