import type { Status } from '../../protocol/node-state.ts';
import type { Connection } from '../feed/connection.ts';
import { count, type Counts, inTrouble } from '../model/counts.ts';
import { matcher } from '../model/filter.ts';
import { EVERYTHING, type Query, sortedBy, toggled } from '../model/query.ts';
import type { Row } from '../model/row.ts';
import type { StatusChange } from '../model/rows.ts';
import type { SettlingOrder } from '../model/settling.ts';
import type { Words } from '../text/words.ts';
import { createAnnouncer } from './announcer.ts';
import { createChips } from './chips.ts';
import { COLUMNS } from './columns.ts';
import { createConnectionView } from './connection-view.ts';
import { element, liveText, setAttribute } from './element.ts';
import { createFilterBox } from './filter-box.ts';
import { createFirstUse } from './first-use.ts';
import { createTable } from './table.ts';

/** All there is to be seen, at one moment. */
export interface Scene {
  rows: ReadonlyMap<string, Row>;
  connection: Connection;
  query: Query;
  /** This device's clock. */
  nowMs: number;
  /** Nester's clock: ages of reports are measured by it, so that a wrong clock here does no harm. */
  nesterNowMs: number;
}

/** The page as a whole. Owns the document's body and title. */
export interface Page {
  paint(scene: Scene): void;
  /** Like `paint`, and moves all relative times on. To be called every second. */
  tick(scene: Scene): void;
  announce(changes: readonly StatusChange[]): void;
}

export interface PageDeps {
  words: Words;
  order: SettlingOrder;
  /** This Nester's own address, without a slash at its end. */
  address: string;
  /** The reader wants to see something else. */
  onQuery: (change: (query: Query) => Query) => void;
}

export function createPage({ words, order, address, onQuery }: PageDeps): Page {
  const { text, format } = words;
  let counts: Counts = count([]);

  const connection = createConnectionView(words);
  const chips = createChips(words, (status: Status | 'all') =>
    onQuery((query) => (status === 'all' ? { ...query, statuses: new Set() } : toggled(query, status))),
  );
  const filter = createFilterBox(words, (typed) => onQuery((query) => ({ ...query, text: typed })));
  const table = createTable(COLUMNS, words, (key) => onQuery((query) => sortedBy(query, key)));
  const announcer = createAnnouncer(words, () => counts);
  const shown = liveText();
  const firstUse = createFirstUse(address, words);
  const nothingFound = createNothingFound();
  const waiting = createWaiting();

  const logo = element('img');
  logo.src = document.querySelector<HTMLLinkElement>('link[rel=icon]')?.href ?? '';
  logo.alt = '';
  const tools = element('div', 'tools', chips.element, filter.element, element('p', 'shown', shown.node));
  const main = element('main', '', tools, waiting, firstUse, nothingFound, table.element);
  document.documentElement.lang = text.lang;
  document.body.append(
    element('header', 'bar', element('h1', 'brand', logo, 'Nester'), connection.element),
    main,
    announcer.element,
  );

  function createNothingFound(): HTMLElement {
    const clear = element('button', 'clear', text.nothingFound.clear);
    clear.type = 'button';
    clear.addEventListener('click', () => {
      filter.clear();
      onQuery((query) => ({ ...query, statuses: EVERYTHING.statuses, text: EVERYTHING.text }));
    });
    return element(
      'section',
      'nothing',
      element('h2', '', text.nothingFound.title),
      element('p', '', text.nothingFound.hint),
      clear,
    );
  }

  function paint({ rows, connection: link, query, nowMs, nesterNowMs }: Scene): void {
    counts = count(rows.values());
    const matching = [...rows.values()].filter(matcher(query));
    const loaded = link.phase !== 'opening';

    waiting.hidden = loaded;
    firstUse.hidden = !loaded || rows.size > 0;
    tools.hidden = !loaded || rows.size === 0;
    nothingFound.hidden = rows.size === 0 || matching.length > 0;
    table.element.hidden = matching.length === 0;

    connection.show(link, nowMs);
    setAttribute(main, 'data-live', String(link.phase === 'live'));
    chips.show(counts, query);
    const all = matching.length === rows.size;
    shown.write(all ? '' : text.shown(matching.length, format.count(matching.length), format.count(rows.size)));
    table.show(order.arrange(matching, query, nowMs), rows, query, nesterNowMs);

    const title = text.title(inTrouble(counts), link.phase !== 'lost');
    if (document.title !== title) document.title = title;
  }

  return {
    paint,
    tick(scene) {
      paint(scene);
      table.tick(scene.nesterNowMs);
    },
    announce: (changes) => announcer.tell(changes),
  };
}

/** Rows still without content, shown until Nester has been heard. */
function createWaiting(): HTMLElement {
  const rows = Array.from({ length: 6 }, () => element('div', 'waiting-row'));
  const waiting = element('div', 'waiting', ...rows);
  waiting.setAttribute('aria-hidden', 'true');
  return waiting;
}
