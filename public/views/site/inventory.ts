import type { SiteWords } from '../../text/site/site-words.ts';
import { element, liveText, setAttribute } from '../element.ts';
import type { HostsAnswer, KnownHost } from './answers.ts';
import { filterHosts, HOST_COLUMNS, type HostColumn, type HostOrder, joinedHosts, leftHosts, sortHosts } from './host-list.ts';
import type { SiteApi } from './site-api.ts';

/** Who is on the site's network, who came and who left. */
export interface Inventory {
  readonly element: HTMLElement;
  refresh(): Promise<void>;
}

export function createInventory(api: SiteApi, words: SiteWords, nesterNow: () => number): Inventory {
  const { site, format, compareNames } = words;
  const text = site.inventory;
  let answer: HostsAnswer | undefined;
  let order: HostOrder = { column: 'ip', isDescending: false };

  const scanned = liveText();
  const shown = liveText();
  const none = liveText();
  const news = element('div', 'host-news');
  const filter = element('input', 'filter-input');
  filter.type = 'search';
  filter.placeholder = text.filter;
  filter.setAttribute('aria-label', text.filter);
  filter.autocomplete = 'off';
  filter.addEventListener('input', () => paint());

  const heads = HOST_COLUMNS.map((column) => {
    const button = element('button', 'host-sort', text.columns[column]);
    button.type = 'button';
    button.addEventListener('click', () => {
      order = { column, isDescending: order.column === column ? !order.isDescending : column === 'firstSeen' || column === 'lastSeen' };
      paint();
    });
    const head = element('th', '', button);
    head.scope = 'col';
    return { column, head };
  });
  const body = element('tbody');
  const caption = element('caption', 'unseen', text.tableOf);
  const table = element('table', 'hosts', caption, element('thead', '', element('tr', '', ...heads.map(({ head }) => head))), body);
  const noneLine = element('p', 'sheet-none', none.node);
  const tools = element('div', 'host-tools', element('span', 'host-count', shown.node), filter);
  const section = element(
    'section',
    'sheet inventory',
    element('div', 'sheet-head', element('h3', '', text.title), element('span', 'sheet-note', scanned.node), tools),
    news,
    element('div', 'host-scroll', table),
    noneLine,
  );

  tools.hidden = table.hidden = news.hidden = true;

  function paint(): void {
    const hosts = answer?.hosts ?? [];
    const nowMs = nesterNow();
    const joined = new Set(joinedHosts(hosts, nowMs));
    const left = leftHosts(hosts, nowMs);
    const list = sortHosts(filterHosts(hosts, filter.value), order, compareNames);
    body.replaceChildren(...list.map((host) => rowOf(host, joined.has(host), nowMs)));
    for (const { column, head } of heads) {
      setAttribute(head, 'aria-sort', column === order.column ? (order.isDescending ? 'descending' : 'ascending') : null);
    }
    scanned.write(answer?.scannedAt ? text.scanned(format.minute(answer.scannedAt, Date.now())) : '');
    shown.write(hosts.length === 0 ? '' : text.shown(format.count(list.length), format.count(hosts.length)));
    none.write(hosts.length === 0 ? text.none : list.length === 0 ? text.noMatch : '');
    noneLine.hidden = none.node.data === '';
    table.hidden = list.length === 0;
    tools.hidden = hosts.length === 0;
    news.hidden = hosts.length === 0;
    news.replaceChildren(...newsOf([...joined], left));
  }

  function newsOf(joined: readonly KnownHost[], left: readonly KnownHost[]): HTMLElement[] {
    if (joined.length + left.length === 0) return [element('p', '', text.nothingNew)];
    const line = (kind: 'joined' | 'left', hosts: readonly KnownHost[]): HTMLElement[] => {
      if (hosts.length === 0) return [];
      const title = text[kind](hosts.length, format.count(hosts.length));
      const names = hosts.map(({ name, ip, vendor }) => element('span', 'host-name', name ?? (vendor ? `${ip} (${vendor})` : ip)));
      const made = element('p', '', element('b', '', `${title}:`), ...names.flatMap((name) => [' ', name]));
      made.dataset['news'] = kind;
      return [made];
    };
    return [...line('joined', joined), ...line('left', left)];
  }

  function rowOf(host: KnownHost, isNew: boolean, nowMs: number): HTMLElement {
    const cells = HOST_COLUMNS.map((column) => {
      const cell = element('td', '', ...contentOf(host, column, nowMs));
      cell.dataset['column'] = column;
      // On a phone each value stands below the name of its column.
      cell.dataset['name'] = text.columns[column];
      if (column === 'ip' && isNew) cell.append(' ', element('span', 'host-mark', text.isNew));
      if (column === 'ip' && !host.present) cell.append(' ', element('span', 'host-mark', text.isGone));
      if (column === 'firstSeen' || column === 'lastSeen') cell.title = format.instant(host[column]);
      return cell;
    });
    const row = element('tr', '', ...cells);
    setAttribute(row, 'data-news', isNew ? 'joined' : host.present ? null : 'left');
    return row;
  }

  function contentOf(host: KnownHost, column: HostColumn, nowMs: number): string[] {
    if (column === 'firstSeen' || column === 'lastSeen') return [format.minute(host[column], nowMs)];
    if (column === 'ports') return [host.ports && host.ports.length > 0 ? host.ports.join(', ') : '–'];
    return [host[column] ?? '–'];
  }

  return {
    element: section,
    async refresh() {
      const next = await api.hosts();
      if (next.ok) answer = next.value;
      paint();
    },
  };
}
