import type { Words } from '../text/words.ts';
import { element, liveText, setAttribute } from '../views/element.ts';
import type { Scene } from '../views/screen.ts';

/**
 * Below the page's bar while the past is shown: which moment it is, a slider through time, and
 * the way back. Hidden while the page is live.
 */
export interface RewindBar {
  readonly element: HTMLElement;
  show(scene: Scene): void;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** How far back the slider reaches. */
const REACHES = [HOUR_MS, DAY_MS, 7 * DAY_MS, 30 * DAY_MS] as const;

export interface RewindBarDeps {
  words: Words;
  /** Another moment is wanted, epoch ms; `undefined`: now, and live. */
  onMoment: (atMs: number | undefined) => void;
}

export function createRewindBar({ words: { text, format }, onMoment }: RewindBarDeps): RewindBar {
  const { past } = text;
  let atMs = 0;
  let nowMs = 0;
  let reach: (typeof REACHES)[number] = DAY_MS;

  const [moment, state] = [liveText(), liveText()];
  const slider = element('input', 'rewind-slider');
  slider.type = 'range';
  slider.setAttribute('aria-label', past.slider);
  slider.addEventListener('input', () => onMoment(Number(slider.value) * MINUTE_MS));
  const exactly = element('input', 'rewind-exactly');
  exactly.type = 'datetime-local';
  exactly.setAttribute('aria-label', past.exactly);
  exactly.addEventListener('change', () => {
    const typedMs = new Date(exactly.value).getTime();
    if (!Number.isNaN(typedMs)) goTo(typedMs);
  });
  const reaches = element('select', 'rewind-reach');
  reaches.setAttribute('aria-label', past.reach);
  reaches.append(
    ...REACHES.map((ms) => {
      const option = element('option', '', format.duration(ms));
      option.value = String(ms);
      return option;
    }),
  );
  reaches.addEventListener('change', () => {
    reach = REACHES.find((ms) => String(ms) === reaches.value) ?? DAY_MS;
    goTo(Math.max(atMs, nowMs - reach));
  });

  function goTo(ms: number): void {
    onMoment(Math.min(Math.floor(ms / MINUTE_MS) * MINUTE_MS, Math.floor(nowMs / MINUTE_MS) * MINUTE_MS));
  }

  function step(label: string, name: string, byMs: number): HTMLButtonElement {
    const button = element('button', 'rewind-step', label);
    button.type = 'button';
    button.setAttribute('aria-label', name);
    button.title = name;
    button.addEventListener('click', () => goTo(atMs + byMs));
    return button;
  }

  const back = element('button', 'rewind-live', past.backToLive, ' ', element('kbd', '', 'L'));
  back.type = 'button';
  back.addEventListener('click', () => onMoment(undefined));
  const title = element('p', 'rewind-moment', element('strong', '', moment.node), ' ', element('span', 'rewind-state', state.node));
  title.setAttribute('role', 'status');
  const bar = element(
    'section',
    'rewind',
    title,
    back,
    element(
      'div',
      'rewind-slide',
      step('−1 h', past.earlierHour, -HOUR_MS),
      step('−1 min', past.earlierMinute, -MINUTE_MS),
      slider,
      step('+1 min', past.laterMinute, MINUTE_MS),
      step('+1 h', past.laterHour, HOUR_MS),
    ),
    element('div', 'rewind-choose', exactly, reaches),
  );
  bar.setAttribute('aria-label', past.title);
  bar.hidden = true;

  document.addEventListener('keydown', (event) => {
    const typing = event.target instanceof HTMLElement && event.target.matches('input:not([type=range]), textarea, select');
    if (bar.hidden || typing || event.ctrlKey || event.metaKey || event.altKey || event.key.toLowerCase() !== 'l') return;
    onMoment(undefined);
  });

  return {
    element: bar,
    show({ past: shown, liveNowMs }) {
      bar.hidden = shown === undefined;
      if (shown === undefined) return;
      ({ atMs } = shown);
      nowMs = liveNowMs;
      moment.write(past.asItWas(format.instant(atMs)));
      state.write({ known: '', asked: past.asked, failed: past.failed }[shown.phase]);
      setAttribute(bar, 'data-phase', shown.phase);
      // Farther back than it reaches: it must reach farther.
      while (atMs < nowMs - reach && reach !== REACHES[REACHES.length - 1]) reach = REACHES[REACHES.indexOf(reach) + 1] ?? reach;
      reaches.value = String(reach);
      slider.min = String(Math.floor((nowMs - reach) / MINUTE_MS));
      slider.max = String(Math.floor(nowMs / MINUTE_MS));
      slider.value = String(Math.floor(atMs / MINUTE_MS));
      setAttribute(slider, 'aria-valuetext', format.instant(atMs));
      if (document.activeElement !== exactly) exactly.value = localMinute(atMs);
    },
  };
}

/** As a field of the local date and time wants it. */
function localMinute(atMs: number): string {
  const local = new Date(atMs - new Date(atMs).getTimezoneOffset() * MINUTE_MS);
  return local.toISOString().slice(0, 16);
}
