/** Load: keeps a great many reports, by `POST /api/reports` with 1,000 at a time. */
import { type HttpConnection, openHttpConnection, postHead } from './http-connection.ts';
import { fail, finish, parameters } from './program.ts';
import { reportText } from './report-template.ts';

interface Parameters {
  url: string;
  reports: number;
  nodes: number;
  /** Of the newest report; each node has one a minute before it. */
  newestMs: number;
}

const { url: address, reports, nodes, newestMs } = parameters() as Parameters;
const url = new URL(address);
const BATCH = 1000;
const CONNECTIONS = 4;
const rounds = Math.ceil(reports / nodes);
let sent = 0;
let open = CONNECTIONS;

function nextRequest(): Buffer | undefined {
  const lines: string[] = [];
  for (; lines.length < BATCH && sent < reports; sent++) {
    const round = Math.floor(sent / nodes);
    lines.push(reportText(`site-${sent % nodes}`, newestMs - (rounds - 1 - round) * 60_000));
  }
  if (lines.length === 0) return undefined;
  const body = lines.join('\n');
  return Buffer.from(postHead(url, '/api/reports', 'application/x-ndjson', body.length) + body);
}

function proceed(connection: HttpConnection): void {
  const request = nextRequest();
  if (request !== undefined) {
    connection.send(request);
    return;
  }
  connection.close();
  if (--open === 0) finish({ reports: sent });
}

for (let index = 0; index < CONNECTIONS; index++) {
  const connection: HttpConnection = await openHttpConnection(
    url,
    (status) => {
      if (status !== 200) fail(new Error(`answered ${status}, expected 200`));
      proceed(connection);
    },
    fail,
  );
  proceed(connection);
}
