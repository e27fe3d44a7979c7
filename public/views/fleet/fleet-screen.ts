import type { Ask } from '../../feed/ask.ts';
import { EVERYTHING, folded, groupedBy, type Query, sortedBy, toggled, withColumn } from '../../model/query.ts';
import { type Fit, fit } from '../../model/fit.ts';
import { NOTHING_FOUND } from '../../model/filter.ts';
import { createHostSearch, type HostsAnswer } from '../../model/host-search.ts';
import { createListing, type Listed } from '../../model/listing.ts';
import { readQuery, writeQuery } from '../../model/query-address.ts';
import { createSparklines, type SparklinesAnswer } from '../../model/sparklines.ts';
import type { Navigation } from '../../place/navigation.ts';
import { siteAddress } from '../../place/place.ts';
import { ROOT } from '../../place/root.ts';
import type { Words } from '../../text/words.ts';
import { element, liveText } from '../element.ts';
import type { Scene, Screen } from '../screen.ts';
import { icon } from '../icon.ts';
import type { AddSite } from '../add-site/add-site.ts';
import { createChips } from './chips.ts';
import { createColumnsMenu } from './columns-menu.ts';
import { createCsvButton } from './csv-button.ts';
import { createFilterBox } from './filter-box.ts';
import { createFirstUse } from './first-use.ts';
import { createFleetKeys } from './fleet-keys.ts';
import { createGroupMenu } from './group-menu.ts';
import { createTable } from './table.ts';

export interface FleetScreenDeps {
  words: Words;
  /** This Nester's own address, without a slash at its end. */
  address: string;
  navigation: Navigation;
  ask: Ask;
  /** Something is to be shown otherwise. */
  onChange: () => void;
}

/** One value a minute, of the last hour. */
const SPARKLINE = [
  ['metric', 'latency'],
  ['minutes', '60'],
  ['points', '60'],
];

/** All nodes in a table, with what chooses and orders them. What is chosen is kept in the address. */
export function createFleetScreen({ words, address, navigation, ask: askNester, onChange }: FleetScreenDeps): Screen {
  const { text, format } = words;
  const listing = createListing(words.compareNames);
  let query = EVERYTHING;
  /** The address that `query` was read from, or written to. */
  let search: string | undefined;
  let scene: Scene | undefined;
  let fitted: Fit = fit(null, 0);
  let fittedFor: unknown;
  let waiting: number | undefined;

  let found = NOTHING_FOUND;
  let listed: Listed = { items: [], matching: 0 };

  function ask(next: Query): void {
    query = next;
    const written = writeQuery(query, navigation.place().search);
    search = written.toString();
    navigation.refine(written);
  }

  /** The address became another one by itself: a link, or the browser's own buttons. */
  function read(place: Scene['place']): void {
    const now = place.search.toString();
    if (now === search) return;
    search = now;
    query = readQuery(place.search);
  }

  const sparklines = createSparklines({
    async ask(nodes) {
      const search = new URLSearchParams([...SPARKLINE, ...nodes.map((node) => ['node', node])]);
      const answer = await askNester('api/sparklines', search);
      // What this Nester answers is what its documentation says: page and program are of one version.
      if (answer.ok) return answer.value as SparklinesAnswer;
      return answer.status === 404 ? 'never' : 'later';
    },
    onNews: refresh,
    after,
  });
  const hosts = createHostSearch({
    async ask(words, signal) {
      const answer = await askNester('api/hosts', new URLSearchParams({ q: words, limit: '1000' }), signal);
      return answer.ok ? (answer.value as HostsAnswer) : undefined;
    },
    onNews: refresh,
    after,
  });
  let isStale = false;
  let isLive = false;

  /** What stands beside the rows' own values is to be shown anew. */
  function refresh(): void {
    isStale = true;
    onChange();
  }

  function fold(group: string): void {
    ask(folded(query, group));
  }

  const rows = (): Scene['rows'] => scene?.rows ?? new Map();
  const chips = createChips(words, (status) => ask(status === 'all' ? { ...query, statuses: new Set() } : toggled(query, status)));
  const filter = createFilterBox(words, (typed) => ask({ ...query, text: typed }));
  const groups = createGroupMenu({
    words,
    rows: () => rows().values(),
    chosen: () => query.group,
    onChoose: (label) => ask(groupedBy(query, label)),
  });
  const columns = createColumnsMenu({
    words,
    rows: () => rows().values(),
    shown: () => fitted.columns,
    onToggle: (key, all) => ask(withColumn(query, key, fitted.columns, all)),
    onReset: () => ask({ ...query, columns: null }),
  });
  const table = createTable({
    cells: { words, sparklineOf: (node, nowMs) => sparklines.of(node, nowMs), found: () => found },
    onSort(key) {
      ask(sortedBy(query, key));
      // In another order, what is first is what was asked for.
      table.toTop();
    },
    onFold: fold,
    onMove: onChange,
  });
  const csv = createCsvButton({
    words,
    shown: () => ({
      rows: listed.items.flatMap((item) => (item.kind === 'node' ? (rows().get(item.node) ?? []) : [])),
      columns: fitted.columns,
      atMs: scene?.past?.atMs ?? Date.now(),
    }),
  });
  const letGoOfKeys = createFleetKeys({
    input: filter.input,
    table,
    items: () => listed.items,
    onOpen: (node) => navigation.go(siteAddress(node, ROOT)),
    onFold: fold,
    onClear: () => ask({ ...query, text: '' }),
  });
  let addSite: AddSite | undefined;

  /** What is asked for now and then comes when it is. */
  async function openAddSite(): Promise<void> {
    if (!addSite) {
      const { createAddSite } = await import('../add-site/add-site.ts');
      addSite = createAddSite({ words, address });
      main.append(addSite.element);
    }
    if (scene) addSite.show(scene.liveRows, scene.liveNowMs);
    addSite.open();
  }

  function createAddButton(className: string): HTMLButtonElement {
    const button = element('button', className, icon('add'), element('span', 'tool-name', text.addSite.button));
    button.type = 'button';
    button.setAttribute('aria-label', text.addSite.button);
    button.addEventListener('click', () => void openAddSite());
    return button;
  }

  const shown = liveText();
  const firstUse = createFirstUse(address, words, createAddButton('action main add-first'));
  const noneThen = element('section', 'nothing', element('h2', '', text.past.none));
  const nothingFound = createNothingFound();
  const loading = createWaiting();
  const tools = element(
    'div',
    'tools',
    chips.element,
    filter.element,
    element('div', 'tool-buttons', groups.element, columns.element, csv, createAddButton('tool add-tool')),
    element('p', 'shown', shown.node),
  );
  const main = element('main', 'fleet', tools, loading, firstUse, noneThen, nothingFound, table.element);

  function createNothingFound(): HTMLElement {
    const clear = element('button', 'clear', text.nothingFound.clear);
    clear.type = 'button';
    clear.addEventListener('click', () => {
      ask({ ...query, statuses: EVERYTHING.statuses, text: EVERYTHING.text });
      filter.input.focus();
    });
    return element(
      'section',
      'nothing',
      element('h2', '', text.nothingFound.title),
      element('p', '', text.nothingFound.hint),
      clear,
    );
  }

  /** The columns that there is room for; the same object as long as they are the same. */
  function refit(): void {
    const style = getComputedStyle(main);
    const widthPx = main.clientWidth - Number.parseFloat(style.paddingLeft) - Number.parseFloat(style.paddingRight);
    const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    const next = fit(query.columns, widthPx / rem);
    if (JSON.stringify(next) !== JSON.stringify(fitted)) fitted = next;
  }

  const watch = new ResizeObserver(() => {
    fittedFor = undefined;
    onChange();
  });
  watch.observe(main);
  window.addEventListener('scroll', onChange, { passive: true });

  function paint(next: Scene): void {
    scene = next;
    const { rows, counts, connection: link, nowMs, nesterNowMs } = next;
    table.measure();
    read(next.place);
    if (fittedFor !== query.columns) {
      fittedFor = query.columns;
      refit();
    }
    const foundNow = hosts.look(query.text);
    if (foundNow !== found) isStale = true;
    found = foundNow;
    listed = listing.list(next, query, found, nowMs);
    const loaded = link.phase !== 'opening';

    loading.hidden = loaded;
    firstUse.hidden = !loaded || rows.size > 0 || next.past !== undefined;
    noneThen.hidden = rows.size > 0 || next.past?.phase !== 'known';
    tools.hidden = !loaded || rows.size === 0;
    nothingFound.hidden = rows.size === 0 || listed.matching > 0;
    table.element.hidden = listed.matching === 0;

    chips.show(counts, query);
    filter.show(query.text);
    groups.show(query.group);
    const all = listed.matching === rows.size;
    shown.write(all ? '' : text.shown(listed.matching, format.count(listed.matching), format.count(rows.size)));
    table.show({ listed, rows, query, fit: fitted, nowMs: nesterNowMs });
    addSite?.show(next.liveRows, next.liveNowMs);

    if (isStale) table.tick(nesterNowMs);
    isStale = false;

    const isPast = next.past !== undefined;
    table.element.toggleAttribute('data-past', isPast);
    if (link.phase === 'live' && !isLive) sparklines.askAgain();
    isLive = link.phase === 'live';
    // Of the past, and of what nobody sees, there is nothing to ask.
    if (!isPast && fitted.columns.includes('latency')) sparklines.want(table.present());

    const dueInMs = listing.dueInMs(nowMs);
    if (dueInMs !== undefined) waiting ??= window.setTimeout(wake, dueInMs);
  }

  function wake(): void {
    waiting = undefined;
    onChange();
  }

  return {
    element: main,
    hear: (frame) => sparklines.hear(frame),
    paint,
    tick(next) {
      paint(next);
      table.tick(next.nesterNowMs);
    },
    close() {
      clearTimeout(waiting);
      sparklines.close();
      hosts.close();
      letGoOfKeys();
      watch.disconnect();
      window.removeEventListener('scroll', onChange);
    },
  };
}

function after(delayMs: number, callback: () => void): () => void {
  const timer = setTimeout(callback, delayMs);
  return () => clearTimeout(timer);
}

/** Rows still without content, shown until Nester has been heard. */
function createWaiting(): HTMLElement {
  const rows = Array.from({ length: 6 }, () => element('div', 'waiting-row'));
  const waiting = element('div', 'waiting', ...rows);
  waiting.setAttribute('aria-hidden', 'true');
  return waiting;
}
