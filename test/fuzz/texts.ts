import * as fc from 'fast-check';
import { isDeepStrictEqual } from 'node:util';
import { decodeAgentAnswer, decodeReportFrame } from '../../protocol/frames.ts';
import { decodeJson } from '../../protocol/json.ts';
import { decodeReport } from '../../protocol/report.ts';
import { scanReport } from '../../protocol/scan-report.ts';
import { judgeBatch, judgeReport } from '../../harvester/deliver/verdict.ts';
import { decodeHistoryRequest, decodeSparklinesRequest } from '../../nester/api/history-request.ts';
import { csvRow } from '../../nester/api/csv.ts';
import { decodeReturn } from '../../nester/api/login-page.ts';
import { decodeReportRequest } from '../../nester/api/report-request.ts';
import { splitArray } from '../../nester/receive/split-array.ts';
import { splitLines } from '../../nester/receive/split-lines.ts';
import { decodeFrame } from '../../public/feed/frame.ts';
import { cases, checkRefusal, type FuzzArea, near, WHOLE_REPORT } from './area.ts';

const NOW_MS = Date.parse('2026-11-22T08:00:30.000Z');
const REPORT = JSON.stringify(WHOLE_REPORT);
/** As a Harvester writes one, and as it is read from its bytes. */
const SCANNED =
  '{"node":"a","timestamp":"2026-11-22T08:00:00.000Z","ip":"10.0.0.7","devices":12,"latency":3.4,"loss":0,"jitter":0.25,"method":"icmp","interval":60,"metrics":{"cpu":12.5,"disk:/":71},"targets":[{"name":"gateway","latency":null,"loss":100,"method":"tcp"}],"labels":{"city":"Lyon"},"agent":{"version":"0.1.0","mode":"agent","os":"Linux","hostname":"pi","kept":3,"dropped":0}}';

const json: FuzzArea = {
  name: 'JSON',
  weight: 20,
  open: () =>
    cases(near(REPORT, '[1,[2,[3]]]', '{"a":{"b":{"c":{}}}}', '"text"', '['.repeat(40)), (text) => {
      const decoded = decodeJson(text);
      checkRefusal(decoded);
      if (decoded.ok && !isDeepStrictEqual(decoded.value, JSON.parse(text))) throw new Error('another value than JSON.parse gives');
    }),
};

/** The way that is quick and the way that knows all rules must agree; what was let in is let in again as it is. */
const reports: FuzzArea = {
  name: 'reports',
  weight: 20,
  open: () =>
    cases(near(REPORT, SCANNED, '{"node":"a","latency":1}', '{"node":"ups-3","metrics":{"battery":97}}'), (text) => {
      const input = decodeJson(text);
      const scanned = scanReport(Buffer.from(text));
      if (!input.ok) {
        if (scanned) throw new Error('what is no JSON is read');
        return;
      }
      const first = decodeReport(input.value, NOW_MS);
      if (scanned) {
        const parsed = decodeReport(input.value, Infinity);
        if (!parsed.ok || !isDeepStrictEqual({ ...scanned.report }, parsed.value)) throw new Error('read from its bytes it is another report');
        const { node, timestamp = '2026-11-22T08:00:00.000Z', ...rest } = parsed.value;
        const bytes = Buffer.alloc(scanned.mostBytes);
        const end = scanned.completed(timestamp, 7).write(bytes, 0);
        if (bytes.toString('utf8', 0, end) !== JSON.stringify({ node, timestamp, ...rest, receivedAt: 7 })) throw new Error('it is not kept as it would be written');
      }
      checkRefusal(first);
      if (!first.ok) return;
      const again = decodeReport(JSON.parse(JSON.stringify(first.value)), NOW_MS);
      if (!again.ok || !isDeepStrictEqual(again.value, first.value)) throw new Error('what was let in is not let in again as it is');
      const row = csvRow(Buffer.from(JSON.stringify({ timestamp: '2026-11-22T08:00:00.000Z', ...first.value, receivedAt: NOW_MS })));
      for (const [, quoted, plain] of row.slice(0, -2).matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",\r\n]*))/g)) {
        const cell = quoted ?? plain ?? '';
        if (/^[=+\-@\t\r]/.test(cell) && Number.isNaN(Number(cell))) throw new Error(`a cell that is a formula: ${cell}`);
      }
    }),
};

const frames: FuzzArea = {
  name: 'frames',
  weight: 15,
  open: () =>
    cases(
      near(
        `{"type":"report","id":7,"report":${REPORT}}`,
        '{"type":"ack","id":7,"duplicate":false}',
        '{"type":"reject","id":7,"errors":[{"path":"node","message":"expected"}]}',
        '{"type":"retry","id":7,"after":2}',
        '{"type":"welcome","protocol":1,"serverTime":1795334400000}',
        '{"type":"snapshot","protocol":1,"cursor":"a-1","serverTime":1,"nodes":[]}',
        '{"type":"removed","nodes":["a"]}',
      ),
      (text) => {
        checkRefusal(decodeReportFrame(text));
        checkRefusal(decodeAgentAnswer(text));
        decodeFrame(text);
      },
    ),
};

const bodies: FuzzArea = {
  name: 'batches',
  weight: 15,
  open: () =>
    cases(near(`[${REPORT},{"node":"b"}]`, '[]', ' [ {"node":"a"} , {"node":"b"} ] ', `${REPORT}\n{"node":"b"}\n\n`), (text) => {
      const bytes = Buffer.from(text);
      const split = splitArray(bytes, 1_000);
      const pieces = split.kind === 'pieces' ? split.pieces.map(({ start, end }) => bytes.toString('utf8', start, end)) : [];
      const each = pieces.map((piece) => decodeJson(piece));
      const isArray = split.kind === 'pieces' && each.every(({ ok }) => ok);
      const whole = parsed(bytes.toString('utf8'));
      // Deep ones are refused, though they are JSON.
      if (isArray && !(Array.isArray(whole) && isDeepStrictEqual(each.map((piece) => piece.ok && piece.value), whole))) throw new Error('cut otherwise than JSON.parse reads it');
      if (Array.isArray(whole) && split.kind !== 'pieces') throw new Error('an array that is not cut');
      const lines = splitLines(bytes, 1_000);
      if (lines.kind === 'pieces' && lines.pieces.some(({ start, end }) => end <= start || end > bytes.length)) throw new Error('a line that is none');
    }),
};

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const queries: FuzzArea = {
  name: 'query strings',
  weight: 10,
  open: () =>
    cases(
      near(
        'node=lyon-01&since=2026-11-22T08:00:00Z&until=1795334400000&limit=10&order=desc&format=csv',
        'after=a1b2-17&wait=55',
        'metric=latency&from=1&to=2&points=500',
        'node=a&node=b&metric=cpu&minutes=60&points=60',
        '/nodes/lyon-01?range=1h',
      ),
      (text) => {
        const parameters = new URLSearchParams(text);
        checkRefusal(decodeReportRequest(parameters, 'json'));
        checkRefusal(decodeHistoryRequest(parameters, NOW_MS));
        checkRefusal(decodeSparklinesRequest(parameters));
        const place = new URL(`.${decodeReturn(text)}`, 'http://nester.example/below/');
        if (place.host !== 'nester.example' || !place.pathname.startsWith('/below/')) throw new Error(`led astray to ${place.href}`);
      },
    ),
};

const verdicts: FuzzArea = {
  name: 'answers to a Harvester',
  weight: 10,
  open: () =>
    cases(
      fc.tuple(
        fc.constantFrom(100, 200, 201, 204, 301, 400, 401, 403, 404, 413, 415, 422, 429, 500, 503, 599),
        near('{"node":"a","timestamp":"2026-11-22T08:00:00.000Z","duplicate":false}', '{"accepted":2,"duplicates":0,"rejected":[{"index":1,"errors":[{"path":"node","message":"no"}]}]}', '{"detail":"busy"}', '<html>'),
        fc.dictionary(fc.constantFrom('retry-after', 'date', 'content-type', 'location'), near('7', 'Sun, 22 Nov 2026 08:00:00 GMT', 'application/json', 'http://x/'), { maxKeys: 3 }),
      ),
      ([status, body, headers]) => {
        const one = judgeReport({ ok: true, status, headers, body }, 'a', NOW_MS);
        if (one.kind === 'delivered' && status !== 200 && status !== 201) throw new Error(`taken for delivered with ${status}`);
        if (one.kind === 'later' && one.afterMs !== undefined && !(one.afterMs >= 0 && one.afterMs <= 3_600_000)) throw new Error(`waits ${one.afterMs} ms`);
        const many = judgeBatch({ ok: true, status, headers, body }, 3, NOW_MS);
        if (many.kind === 'judged' && [...many.rejected.keys()].some((index) => !(index >= 0 && index < 3))) throw new Error('rejected what was not sent');
      },
    ),
};

export const TEXT_AREAS: readonly FuzzArea[] = [json, reports, frames, bodies, queries, verdicts];
