import type { Status } from '../../../protocol/node-state.ts';
import { count } from '../../model/counts.ts';
import { matcher } from '../../model/filter.ts';
import { EVERYTHING, type Query, sortedBy, toggled } from '../../model/query.ts';
import { createOrder } from '../../model/order.ts';
import { createSettlingOrder } from '../../model/settling.ts';
import type { Words } from '../../text/words.ts';
import { element, liveText } from '../element.ts';
import type { Scene, Screen } from '../screen.ts';
import { createChips } from './chips.ts';
import { COLUMNS } from './columns.ts';
import { createFilterBox } from './filter-box.ts';
import { createFirstUse } from './first-use.ts';
import { createTable } from './table.ts';

export interface FleetScreenDeps {
  words: Words;
  /** This Nester's own address, without a slash at its end. */
  address: string;
  /** Something is to be shown otherwise. */
  onChange: () => void;
}

/** All nodes in a table, with what chooses and orders them. */
export function createFleetScreen({ words, address, onChange }: FleetScreenDeps): Screen {
  const { text, format } = words;
  const order = createSettlingOrder(createOrder(words.compareNames));
  let query = EVERYTHING;

  function ask(change: (query: Query) => Query): void {
    query = change(query);
    onChange();
  }

  const chips = createChips(words, (status: Status | 'all') =>
    ask((before) => (status === 'all' ? { ...before, statuses: new Set() } : toggled(before, status))),
  );
  const filter = createFilterBox(words, (typed) => ask((before) => ({ ...before, text: typed })));
  const table = createTable(COLUMNS, words, (key) => ask((before) => sortedBy(before, key)));
  const shown = liveText();
  const firstUse = createFirstUse(address, words);
  const nothingFound = createNothingFound();
  const waiting = createWaiting();
  const tools = element('div', 'tools', chips.element, filter.element, element('p', 'shown', shown.node));

  function createNothingFound(): HTMLElement {
    const clear = element('button', 'clear', text.nothingFound.clear);
    clear.type = 'button';
    clear.addEventListener('click', () => {
      filter.clear();
      ask((before) => ({ ...before, statuses: EVERYTHING.statuses, text: EVERYTHING.text }));
    });
    return element(
      'section',
      'nothing',
      element('h2', '', text.nothingFound.title),
      element('p', '', text.nothingFound.hint),
      clear,
    );
  }

  function paint({ rows, connection: link, nowMs, nesterNowMs }: Scene): void {
    const matching = [...rows.values()].filter(matcher(query));
    const loaded = link.phase !== 'opening';

    waiting.hidden = loaded;
    firstUse.hidden = !loaded || rows.size > 0;
    tools.hidden = !loaded || rows.size === 0;
    nothingFound.hidden = rows.size === 0 || matching.length > 0;
    table.element.hidden = matching.length === 0;

    chips.show(count(rows.values()), query);
    const all = matching.length === rows.size;
    shown.write(all ? '' : text.shown(matching.length, format.count(matching.length), format.count(rows.size)));
    table.show(order.arrange(matching, query, nowMs), rows, query, nesterNowMs);
  }

  return {
    element: element('main', 'fleet', tools, waiting, firstUse, nothingFound, table.element),
    paint,
    tick(scene) {
      paint(scene);
      table.tick(scene.nesterNowMs);
    },
    close: () => undefined,
  };
}

/** Rows still without content, shown until Nester has been heard. */
function createWaiting(): HTMLElement {
  const rows = Array.from({ length: 6 }, () => element('div', 'waiting-row'));
  const waiting = element('div', 'waiting', ...rows);
  waiting.setAttribute('aria-hidden', 'true');
  return waiting;
}
