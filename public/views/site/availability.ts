import type { Window } from '../../charts/span.ts';
import type { SiteWords } from '../../text/site/site-words.ts';
import { element, liveText, setAttribute } from '../element.ts';
import type { AvailabilityAnswer, SlotsAnswer } from './answers.ts';
import { availabilityPercent, describeShares } from './shares.ts';
import type { SiteApi } from './site-api.ts';
import { createSlots } from './slots.ts';

/** How the node was there: a strip of one stretch of time at choice, and the figures of all. */
export interface Availability {
  readonly element: HTMLElement;
  /** Asks anew what may have changed. `nowMs` is Nester's clock. */
  refresh(nowMs: number): void;
  /** Time went on: asks anew when there is more to know. */
  tick(nowMs: number): void;
}

const DAY_MS = 86_400_000;
/** So many slots of equal length fit the stretch: quarters of an hour, two hours, half days, weeks. */
const STRETCHES = [
  { name: '24h', ms: DAY_MS, points: 97 },
  { name: '7d', ms: 7 * DAY_MS, points: 85 },
  { name: '30d', ms: 30 * DAY_MS, points: 61 },
  { name: '400d', ms: 400 * DAY_MS, points: 60 },
] as const;

/** The strip is asked for anew at least so often. */
const REFRESH_MS = 60_000;

export interface AvailabilityDeps {
  api: SiteApi;
  words: SiteWords;
  /** Someone wants to look at a slot more closely. */
  onZoom: (window: Window) => void;
}

export function createAvailability({ api, words, onZoom }: AvailabilityDeps): Availability {
  const { site } = words;
  let chosen: (typeof STRETCHES)[number] = STRETCHES[0];
  let refreshedMs = -Infinity;
  let lastNowMs = 0;
  let asked = 0;

  const slots = createSlots({ words, onZoom });
  const legend = liveText();
  const tabs = STRETCHES.map((stretch) => {
    const percent = liveText();
    const tab = element('button', 'availability-span', element('span', '', site.availability.spans[stretch.name]), element('b', '', percent.node));
    tab.type = 'button';
    tab.addEventListener('click', () => {
      chosen = stretch;
      refresh(lastNowMs);
    });
    return { stretch, tab, percent };
  });
  const row = element('div', 'availability-spans', ...tabs.map(({ tab }) => tab));
  row.setAttribute('role', 'group');
  row.setAttribute('aria-label', site.availability.title);
  const figures = element('p', 'availability-figures', legend.node);
  const section = element(
    'section',
    'sheet availability',
    element('div', 'sheet-head', element('h3', '', site.availability.title), row),
    slots.element,
    figures,
  );
  for (const { percent } of tabs) percent.write('–');

  function showShares(at: number, shares: AvailabilityAnswer | SlotsAnswer | undefined): void {
    const tab = tabs[at];
    if (!tab) return;
    const sums = shares && sumsOf(shares);
    const percent = sums && availabilityPercent(sums);
    tab.percent.write(percent === undefined ? '–' : words.precisePercent(percent));
    setAttribute(tab.tab, 'title', sums ? `${site.availability.percentOf}\n${describeShares(sums, words)}` : site.availability.none);
    if (tab.stretch === chosen) legend.write(sums ? describeShares(sums, words) : site.availability.none);
  }

  function refresh(nowMs: number): void {
    lastNowMs = nowMs;
    refreshedMs = nowMs;
    const turn = ++asked;
    tabs.forEach(({ stretch, tab }, at) => {
      setAttribute(tab, 'aria-pressed', String(stretch === chosen));
      const window = { fromMs: nowMs - stretch.ms, toMs: nowMs };
      if (stretch === chosen) {
        void api.slots(window, stretch.points).then((answer) => {
          if (turn !== asked) return;
          slots.show(answer.ok ? answer.value : undefined, stretch.name);
          showShares(at, answer.ok ? answer.value : undefined);
        });
      } else {
        void api.availability(window).then((answer) => {
          if (turn === asked) showShares(at, answer.ok ? answer.value : undefined);
        });
      }
    });
  }

  return {
    element: section,
    refresh,
    tick(nowMs) {
      lastNowMs = nowMs;
      // Also when Nester's clock turned out to be another.
      if (Math.abs(nowMs - refreshedMs) >= REFRESH_MS) refresh(nowMs);
    },
  };
}

/** The five figures, whether they come as sums or by slots. */
function sumsOf(answer: AvailabilityAnswer | SlotsAnswer): AvailabilityAnswer {
  const sum = (value: number | readonly number[]): number => (typeof value === 'number' ? value : value.reduce((all, one) => all + one, 0));
  const { from, to, online, late, offline, paused, unknown } = answer;
  return { from, to, online: sum(online), late: sum(late), offline: sum(offline), paused: sum(paused), unknown: sum(unknown) };
}
