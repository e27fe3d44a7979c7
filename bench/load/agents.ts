/** Load: agents' sockets, each with a fixed number of reports unanswered at any time. */
import { type AgentConnection, frameHead, openAgentConnection, wrapInFrame } from './agent-connection.ts';
import { fail, finish, parameters } from './program.ts';
import { createReportTemplate } from './report-template.ts';

interface Parameters {
  url: string;
  sockets: number;
  inFlight: number;
  seconds: number;
  warmupSeconds: number;
}

const { url: address, sockets, inFlight, seconds, warmupSeconds } = parameters() as Parameters;
const url = new URL(address);
const startMs = performance.now() + warmupSeconds * 1000;
const endMs = startMs + seconds * 1000;
const run = String(Date.now());
const opened: AgentConnection[] = [];
const starts: (() => void)[] = [];
let answered = 0;

for (let index = 0; index < sockets; index++) {
  const template = createReportTemplate({
    node: `${run}-${index}`,
    beforeMs: Date.now() - 3_600_000,
    wrap: wrapInFrame,
    prefix: frameHead,
    numberMarks: ['"id":'],
  });
  const connection = await openAgentConnection(
    url,
    (acks) => {
      const nowMs = performance.now();
      if (nowMs >= startMs && nowMs <= endMs) answered += acks;
      sendMany(acks);
    },
    fail,
  );
  const sendMany = (count: number): void => {
    const frames = Buffer.allocUnsafe(template.bytes.length * count);
    for (let sent = 0; sent < count; sent++) {
      template.next();
      template.bytes.copy(frames, sent * template.bytes.length);
    }
    connection.send(frames);
  };
  opened.push(connection);
  starts.push(() => sendMany(inFlight));
}

for (const start of starts) start();
setTimeout(() => {
  for (const connection of opened) connection.close();
  finish({ perSecond: answered / seconds });
}, endMs - performance.now());
