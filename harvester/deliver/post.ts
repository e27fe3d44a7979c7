import type { Exchange } from './exchange.ts';
import { type BatchVerdict, judgeBatch, judgeReport, type Verdict } from './verdict.ts';

/** Posts reports to one Nester. Never rejects. */
export interface Post {
  report(base: string, json: string, signal?: AbortSignal): Promise<Verdict>;
  /** At most {@link LIMITS.batchReports} reports. */
  batch(base: string, reports: readonly string[], signal?: AbortSignal): Promise<BatchVerdict>;
  /** Whether a Nester answers there. */
  isThere(base: string, signal?: AbortSignal): Promise<boolean>;
}

export interface PostDeps {
  exchange: Exchange;
  node: string;
  key: string | undefined;
  now: () => number;
  version: string;
}

const CONNECT_MS = 5_000;
const DEADLINE_MS = 15_000;
/** A batch is up to a mebibyte, on lines of any speed. */
const BATCH_DEADLINE_MS = 60_000;
const ANSWER_BYTES = 64 * 1024;
const BATCH_ANSWER_BYTES = 1024 * 1024;

export function createPost({ exchange, node, key, now, version }: PostDeps): Post {
  const headers = {
    accept: 'application/json, application/problem+json',
    'user-agent': `nester-harvester/${version}`,
    ...(key === undefined ? {} : { 'x-api-key': key }),
  };
  return {
    async report(base, json, signal) {
      const result = await exchange({
        url: `${base}api/report`,
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: json,
        connectMs: CONNECT_MS,
        deadlineMs: DEADLINE_MS,
        limitBytes: ANSWER_BYTES,
        signal,
      });
      return judgeReport(result, node, now());
    },
    async batch(base, reports, signal) {
      const result = await exchange({
        url: `${base}api/reports`,
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/x-ndjson' },
        body: `${reports.join('\n')}\n`,
        connectMs: CONNECT_MS,
        deadlineMs: BATCH_DEADLINE_MS,
        limitBytes: BATCH_ANSWER_BYTES,
        signal,
      });
      return judgeBatch(result, reports.length, now());
    },
    async isThere(base, signal) {
      const result = await exchange({
        url: `${base}healthz`,
        method: 'GET',
        headers,
        connectMs: CONNECT_MS,
        deadlineMs: DEADLINE_MS,
        limitBytes: ANSWER_BYTES,
        signal,
      });
      return result.ok && result.status === 200;
    },
  };
}
