/** Load: `POST /api/reports` with 1,000 at a time, again and again; their times are patched in place. */
import { openHttpConnection, postHead } from './http-connection.ts';
import { fail, finish, parameters } from './program.ts';
import { reportText } from './report-template.ts';

interface Parameters {
  url: string;
  connections: number;
  seconds: number;
  warmupSeconds: number;
}

const { url: address, connections, seconds, warmupSeconds } = parameters() as Parameters;
const url = new URL(address);
const BATCH = 1000;
const MARK = '"timestamp":';
const startMs = performance.now() + warmupSeconds * 1000;
const endMs = startMs + seconds * 1000;
const run = String(Date.now());
let answered = 0;

function createBatch(connection: number): { bytes: Buffer; next: () => void } {
  let timeMs = Date.now() - 3_600_000;
  const body = Array.from({ length: BATCH }, (_, index) => reportText(`${run}-${connection}-${index}`, timeMs)).join('\n');
  const bytes = Buffer.from(postHead(url, '/api/reports', 'application/x-ndjson', body.length) + body);
  const places: number[] = [];
  for (let at = bytes.indexOf(MARK); at !== -1; at = bytes.indexOf(MARK, at + 1)) places.push(at + MARK.length);
  return {
    bytes,
    next() {
      const digits = Buffer.from(String(++timeMs));
      for (const place of places) digits.copy(bytes, place);
    },
  };
}

const close: (() => void)[] = [];
for (let index = 0; index < connections; index++) {
  const batch = createBatch(index);
  const connection = await openHttpConnection(
    url,
    (status) => {
      if (status !== 200) fail(new Error(`answered ${status}, expected 200`));
      const nowMs = performance.now();
      if (nowMs >= startMs && nowMs <= endMs) answered += BATCH;
      sendNext();
    },
    fail,
  );
  const sendNext = (): void => {
    batch.next();
    connection.send(batch.bytes);
  };
  close.push(() => connection.close());
  sendNext();
}

setTimeout(() => {
  for (const each of close) each();
  finish({ perSecond: answered / seconds });
}, endMs - performance.now());
