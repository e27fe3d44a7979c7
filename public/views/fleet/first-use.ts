import type { Words } from '../../text/words.ts';
import { createCommand } from '../command.ts';
import { element } from '../element.ts';
import { firstCommands } from './first-commands.ts';

/** What a Nester without nodes shows: how to get one, with commands that work as they stand. */
export function createFirstUse(address: string, words: Words, addSite: HTMLElement): HTMLElement {
  const { first } = words.text;
  const commands = firstCommands(address);
  const { hostname } = new URL(address);
  const onlyHere = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
  return element(
    'section',
    'first',
    element('h2', '', first.title),
    element('p', 'lead', first.lead),
    addSite,
    element('h3', '', first.curl),
    element('p', '', first.curlHint),
    createCommand(commands.curl, first.curl, words),
    createCommand(commands.python, first.python, words),
    element('h3', '', first.harvester),
    element('p', '', first.harvesterHint),
    createCommand(commands.agent, first.harvester, words),
    element('p', '', first.cronHint),
    createCommand(commands.cron, first.cron, words),
    element('p', '', first.shellHint),
    createCommand(commands.shell, first.shell, words),
    element('p', 'small', ...(onlyHere ? [`${first.loopback} `] : []), first.key),
  );
}
