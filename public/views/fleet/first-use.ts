import type { Words } from '../../text/words.ts';
import { createCommand } from '../command.ts';
import { element } from '../element.ts';

/** What a Nester without nodes shows: how to get one, with commands that work as they stand. */
export function createFirstUse(address: string, words: Words): HTMLElement {
  const { first } = words.text;
  const report = `curl -X POST ${address}/api/report \\
  -H 'content-type: application/json' \\
  -d '{"node":"my-first-site","devices":12,"latency":3.4}'`;
  const agent = `NESTER=${address} node harvester.js agent`;
  const { hostname } = new URL(address);
  const onlyHere = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
  return element(
    'section',
    'first',
    element('h2', '', first.title),
    element('p', 'lead', first.lead),
    element('h3', '', first.curl),
    element('p', '', first.curlHint),
    createCommand(report, first.curl, words),
    element('h3', '', first.harvester),
    element('p', '', first.harvesterHint),
    createCommand(agent, first.harvester, words),
    element('p', 'small', ...(onlyHere ? [`${first.loopback} `] : []), first.key),
  );
}
