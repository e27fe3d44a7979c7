import type { ViewerFrame } from '../../../protocol/frames.ts';
import { createHistories } from '../../charts/histories.ts';
import { drawnSpan, isSameSpan, type Span, spanOf, USUAL_SPAN, windowOf, withSpan } from '../../charts/span.ts';
import type { KeyRing } from '../../feed/key-ring.ts';
import type { Row } from '../../model/row.ts';
import { ROOT } from '../../place/root.ts';
import { createSiteWords } from '../../text/site/site-words.ts';
import type { Words } from '../../text/words.ts';
import { element } from '../element.ts';
import type { Scene, Screen } from '../screen.ts';
import { createAbsence } from './absence.ts';
import { createActions } from './actions.ts';
import { createAvailability } from './availability.ts';
import { createChartWall } from './chart-wall.ts';
import { createEventList } from './event-list.ts';
import { createFacts } from './facts.ts';
import { createGate } from './gate.ts';
import { createHead } from './head.ts';
import { createInventory } from './inventory.ts';
import { lastDayOf } from './last-day.ts';
import { createOfferedSeries, seriesOfRow } from './offered-series.ts';
import { createRawReports } from './raw-reports.ts';
import { createSection } from './sections.ts';
import { createSlices } from './slices.ts';
import { createSiteApi } from './site-api.ts';
import { createSpanBar } from './span-bar.ts';

export interface SiteScreenDeps {
  words: Words;
  node: string;
  keyRing: KeyRing;
  /** Nester's clock. */
  nesterNow: () => number;
  /** Says in the address what is shown. */
  refine: (search: URLSearchParams) => void;
  /** Where the fleet is, as it was looked at last. */
  fleetAddress: () => string;
  /** Goes to another place. */
  go: (address: string) => void;
  /** Something is to be shown otherwise. */
  onChange: () => void;
  /** The page was opened here: nothing was shown before. */
  isFirst: boolean;
}

/** One node: how it is, and how it was. */
export function createSiteScreen({ words: pageWords, node, keyRing, nesterNow, fleetAddress, refine, go, onChange, isFirst }: SiteScreenDeps): Screen {
  const words = createSiteWords(pageWords);
  const { site } = words;
  const api = createSiteApi({ root: ROOT, node });
  const fetchHistory: Parameters<typeof createHistories>[0]['fetchHistory'] = async (series, window, points) => {
    const answer = await api.history(series, window, points);
    return answer.ok ? answer.value : null;
  };
  const histories = createHistories({ fetchHistory, now: nesterNow, onChange: changed });
  const lastDay = createHistories({ fetchHistory, now: nesterNow, onChange: changed });
  const offered = createOfferedSeries();

  let span: Span = USUAL_SPAN;
  /** Where a closer look came from, and goes back to. */
  let wider: Span = USUAL_SPAN;
  let search = new URLSearchParams();
  let row: Row | undefined;
  let hasNews = true;
  let hasBegun = false;
  let isBuilt = false;

  const gate = createGate(keyRing, words);
  const leave = (): void => go(fleetAddress());
  const actions = createActions({ node, api, gate, words, nesterNow, onPrint: () => void print(), onForgotten: leave });
  const head = createHead(node, actions.element, words);
  const facts = createFacts(words);
  const absence = createAbsence(node, words);
  const availability = createAvailability({ api, words, onZoom: ({ fromMs, toMs }) => look(drawnSpan(fromMs, toMs)) });
  const spanBar = createSpanBar(words, look, () => look(wider));
  const charts = createChartWall({
    words,
    histories,
    onDraw: (fromMs, toMs) => look(drawnSpan(fromMs, toMs)),
    onReset: () => look(wider),
  });
  const back = element('a', 'back', site.back);
  back.href = fleetAddress();
  const chartSection = element('section', 'sheet', element('div', 'sheet-head', element('h3', '', site.charts.title), spanBar.element), charts.element);
  const inventory = createInventory(api, words, nesterNow);
  const events = createEventList(api, words);
  const reports = createRawReports(api, words);
  const known = element('div', 'site-known', head.element);
  known.hidden = true;
  // A clock that never goes back.
  const elapsed = (): number => performance.now();
  /** What stands below, from above to below, and what begins with it. */
  const lower: readonly (readonly [HTMLElement, (() => void)?])[] = [
    [facts.element],
    [availability.element, begin],
    [chartSection, () => charts.offer(offered.all())],
    [inventory.element],
    [element('div', 'site-lists', events.element, reports.element)],
  ];
  const building = createSlices<(typeof lower)[number]>({
    run: place,
    sliceMs: 0,
    now: elapsed,
    later: (callback) => requestAnimationFrame(() => setTimeout(callback)),
  });
  const main = element('main', 'site', element('nav', 'site-nav', back), absence.element, known, gate.element, actions.dialog);
  const sections = {
    inventory: createSection(inventory.element, () => inventory.refresh(), elapsed),
    events: createSection(events.element, () => events.refresh(windowOf(span, nesterNow())), elapsed),
    reports: createSection(reports.element, () => reports.refresh(), elapsed),
  };

  function changed(): void {
    hasNews = true;
    onChange();
  }

  function look(next: Span): void {
    if (next.kind === 'last') wider = next;
    else if (span.kind === 'last') wider = span;
    refine(withSpan(search, next));
  }

  function offer(): void {
    charts.offer(offered.all());
    changed();
  }

  /** Paper shows all charts, also those that were not looked at yet. */
  async function print(): Promise<void> {
    await building.settled();
    charts.wantAll();
    await histories.settled();
    charts.paint((row?.interval ?? 60) * 1_000);
    await charts.settled();
    window.print();
  }

  async function fetchSeries(): Promise<void> {
    const answer = await api.series();
    if (answer.ok && offered.add(answer.value.series)) offer();
  }

  function hear(frame: ViewerFrame): void {
    if (frame.type === 'reports') {
      for (const report of frame.reports) {
        if (report.node !== node) continue;
        histories.hear(report);
        lastDay.hear(report);
        sections.inventory.touch();
        sections.reports.touch();
      }
    } else if (frame.type === 'removed') {
      if (!frame.nodes.includes(node)) return;
      histories.forget();
      lastDay.forget();
      offered.clear();
      offer();
    } else if (frame.type === 'snapshot') {
      // What came before it may never be told one by one.
      histories.refresh();
      lastDay.refresh();
      for (const section of Object.values(sections)) section.touch();
      if (hasBegun) begin();
    }
  }

  function begin(): void {
    hasBegun = true;
    availability.refresh(nesterNow());
    void fetchSeries();
  }

  function place([part, then]: (typeof lower)[number]): void {
    known.append(part);
    then?.();
    hasNews = true;
    onChange();
  }

  /**
   * Who comes from the fleet sees the whole at once, where it was scrolled to. A page that is
   * only being loaded shows first what is wrong, and the rest frame by frame below it.
   */
  function build(): void {
    isBuilt = true;
    for (const part of lower) {
      if (!isFirst) place(part);
      else building.add(part);
    }
  }

  function paint(scene: Scene): void {
    const { place } = scene;
    const nesterNowMs = knownAtMs(scene);
    search = place.search;
    const next = spanOf(search);
    if (!isSameSpan(next, span)) {
      span = next;
      histories.look(span);
      sections.events.touch();
      hasNews = true;
    }
    spanBar.show(span);
    const before = row;
    row = scene.rows.get(node);
    const isNew = row !== before;
    if (row?.status !== before?.status) sections.events.touch();
    absence.show(scene, row !== undefined);
    known.hidden = row === undefined;
    if (!row) return;
    if (isNew && offered.add(seriesOfRow(row)) && hasBegun) offer();
    head.show(row, lastDayOf(row, lastDay), nesterNowMs, scene.connection);
    if (facts.element.isConnected) facts.show(row, nesterNowMs);
    actions.show(row, nesterNowMs);
    if (!isBuilt) build();
    if (hasNews) {
      hasNews = false;
      charts.paint(row.interval * 1_000);
    }
  }

  /** Until when something is known: without a link, time stands still for what is said of the node. */
  function knownAtMs({ connection, nowMs, nesterNowMs }: Scene): number {
    return connection.phase === 'lost' ? nesterNowMs - Math.max(0, nowMs - connection.sinceMs) : nesterNowMs;
  }

  function keydown(event: KeyboardEvent): void {
    if (event.key !== 'Escape' || event.defaultPrevented || document.querySelector('dialog[open]')) return;
    if (event.target instanceof HTMLInputElement && event.target.value !== '') return;
    leave();
  }
  document.addEventListener('keydown', keydown);

  return {
    element: main,
    hear,
    paint,
    tick(scene) {
      hasNews = histories.tick() || hasNews;
      lastDay.tick();
      if (hasBegun) availability.tick(scene.nesterNowMs);
      paint(scene);
    },
    close() {
      document.removeEventListener('keydown', keydown);
      for (const section of Object.values(sections)) section.close();
      api.close();
      charts.close();
      for (const part of lower) building.drop(part);
    },
  };
}
