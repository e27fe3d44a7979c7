/**
 * Load: a fleet of agents, each of which sends a report every so many seconds, spread evenly;
 * counts what was acknowledged.
 */
import { type AgentConnection, frameHead, openAgentConnection, wrapInFrame } from './agent-connection.ts';
import { fail, finish, parameters } from './program.ts';
import { createReportTemplate, type ReportTemplate } from './report-template.ts';

const { url: address, agents, everySeconds, seconds } = parameters() as { url: string; agents: number; everySeconds: number; seconds: number };
const url = new URL(address);
const TICK_MS = 20;
const AT_ONCE = 50;
const fleet: { connection: AgentConnection; template: ReportTemplate }[] = [];
let sent = 0;
let acknowledged = 0;

async function open(index: number): Promise<void> {
  const template = createReportTemplate({ node: `site-${index}`, beforeMs: Date.now() - 3_600_000, wrap: wrapInFrame, prefix: frameHead, numberMarks: ['"id":'] });
  fleet.push({ connection: await openAgentConnection(url, (acks) => (acknowledged += acks), fail), template });
}

for (let first = 0; first < agents; first += AT_ONCE) {
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, agents - first) }, (_, index) => open(first + index)));
}
const startMs = performance.now();
const timer = setInterval(() => {
  const elapsed = (performance.now() - startMs) / 1000;
  for (const due = Math.floor((Math.min(elapsed, seconds) * agents) / everySeconds); sent < due; sent++) {
    const { connection, template } = fleet[sent % agents] ?? fail(new Error('BUG: no such agent'));
    template.next();
    connection.send(Buffer.from(template.bytes));
  }
  if (elapsed < seconds + 1) return;
  clearInterval(timer);
  for (const { connection } of fleet) connection.close();
  finish({ sent, acknowledged });
}, TICK_MS);
