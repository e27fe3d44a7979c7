import type { Window } from '../../charts/span.ts';
import type { SiteWords } from '../../text/site/site-words.ts';
import { element, liveText, setAttribute } from '../element.ts';
import type { Shares, SlotsAnswer } from './answers.ts';
import { describeShares, STATES, worstOf } from './shares.ts';

/**
 * The strip: a column per slot of time, divided by how long the node was in which state. One
 * stop for the keyboard, which moves along it as along a slider.
 */
export interface Slots {
  readonly element: HTMLElement;
  show(answer: SlotsAnswer | undefined, name: string): void;
}

export function createSlots({ words, onZoom }: { words: SiteWords; onZoom: (window: Window) => void }): Slots {
  const { site, format } = words;
  const tip = liveText();
  const tipBox = element('div', 'slot-tip', tip.node);
  tipBox.hidden = true;
  const bars = element('div', 'slots');
  bars.tabIndex = 0;
  bars.setAttribute('role', 'slider');
  bars.setAttribute('aria-orientation', 'horizontal');
  bars.setAttribute('aria-label', site.availability.title);
  const from = liveText();
  const to = liveText();
  const strip = element('div', 'strip', bars, element('div', 'strip-ends', element('span', '', from.node), element('span', '', to.node)), tipBox);

  let shown: SlotsAnswer | undefined;
  let at: number | null = null;

  function windowAt(index: number): Window {
    const begin = shown?.t[index] ?? 0;
    return { fromMs: Math.max(begin, shown?.from ?? 0), toMs: Math.min(begin + (shown?.step ?? 0), shown?.to ?? 0) };
  }

  function textAt(index: number): string {
    if (!shown) return site.availability.none;
    const { fromMs, toMs } = windowAt(index);
    const now = Date.now();
    return `${format.minute(fromMs, now)} – ${format.minute(toMs, now)}: ${describeShares(sharesAt(shown, index), words)}`;
  }

  function point(index: number | null): void {
    const bar = index === null ? undefined : bars.children[index];
    if (at !== null) bars.children[at]?.removeAttribute('data-pointed');
    at = bar ? index : null;
    bar?.setAttribute('data-pointed', '');
    const last = Math.max(bars.children.length - 1, 0);
    setAttribute(bars, 'aria-valuenow', String(at ?? last));
    setAttribute(bars, 'aria-valuetext', textAt(at ?? last));
    tipBox.hidden = !bar;
    if (!bar || at === null) return;
    tip.write(textAt(at));
    const { left, width } = bar.getBoundingClientRect();
    const room = strip.getBoundingClientRect();
    const middle = left + width / 2 - room.left;
    const half = tipBox.offsetWidth / 2;
    tipBox.style.left = `${Math.min(Math.max(middle - half, 0), Math.max(room.width - 2 * half, 0))}px`;
  }

  bars.addEventListener('mousemove', (event) => {
    const bar = event.target instanceof Element ? event.target.closest('.slot') : null;
    if (bar) point([...bars.children].indexOf(bar));
  });
  bars.addEventListener('mouseleave', () => point(null));
  bars.addEventListener('blur', () => point(null));
  bars.addEventListener('click', () => zoom());
  bars.addEventListener('keydown', (event) => {
    const last = bars.children.length - 1;
    const moves: Record<string, number> = { ArrowLeft: (at ?? last + 1) - 1, ArrowRight: (at ?? last - 1) + 1, Home: 0, End: last };
    const move = moves[event.key];
    if (move !== undefined) point(Math.min(Math.max(move, 0), last));
    else if (event.key === 'Enter') zoom();
    else if (event.key === 'Escape' && at !== null) point(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  function zoom(): void {
    if (shown && at !== null) onZoom(windowAt(at));
  }

  point(null);
  return {
    element: strip,
    show(answer, name) {
      const before = at;
      shown = answer;
      bars.dataset['span'] = name;
      bars.replaceChildren(...(answer?.t ?? []).map((_begin, index) => bar(sharesOf(answer, index))));
      from.write(answer ? format.minute(answer.from, Date.now()) : '');
      to.write(answer ? format.minute(answer.to, Date.now()) : '');
      setAttribute(bars, 'aria-valuemin', '0');
      setAttribute(bars, 'aria-valuemax', String(Math.max(bars.children.length - 1, 0)));
      point(before);
    },
  };
}

function sharesOf(answer: SlotsAnswer | undefined, index: number): Shares {
  return answer ? sharesAt(answer, index) : { online: 0, late: 0, offline: 0, paused: 0, unknown: 0 };
}

function sharesAt({ online, late, offline, paused, unknown }: SlotsAnswer, index: number): Shares {
  const at = (column: readonly number[]): number => column[index] ?? 0;
  return { online: at(online), late: at(late), offline: at(offline), paused: at(paused), unknown: at(unknown) };
}

/** A slot's column. Taller where there was trouble, and each state with a pattern of its own: colour alone is not needed. */
function bar(shares: Shares): HTMLElement {
  const parts = STATES.filter((state) => shares[state] > 0).map((state) => {
    const part = element('i');
    part.dataset['state'] = state;
    part.style.flexGrow = String(shares[state]);
    return part;
  });
  const slot = element('div', 'slot', ...parts);
  slot.dataset['worst'] = worstOf(shares) ?? 'unknown';
  return slot;
}
