import type { Window } from '../../charts/span.ts';
import type { SiteWords } from '../../text/site/site-words.ts';
import { element, liveText, setAttribute } from '../element.ts';
import type { EventsAnswer, State } from './answers.ts';
import type { SiteApi } from './site-api.ts';

/** When the status changed, in the stretch of time that is looked at: the newest first. */
export interface EventList {
  readonly element: HTMLElement;
  refresh(window: Window): Promise<void>;
}

/** So many are shown at first. */
const FEW = 8;

export function createEventList(api: SiteApi, words: SiteWords): EventList {
  const { site, format, lasting, text: pageText } = words;
  const text = site.events;
  let answer: EventsAnswer = { events: [] };
  let isOpen = false;
  let asked = 0;

  const note = liveText();
  const noteLine = element('p', 'sheet-none', note.node);
  const body = element('tbody');
  const table = element('table', 'events', element('caption', 'unseen', text.tableOf), body);
  const more = element('button', 'action');
  more.type = 'button';
  more.hidden = true;
  more.addEventListener('click', () => {
    isOpen = true;
    paint();
  });
  const section = element('section', 'sheet', element('div', 'sheet-head', element('h3', '', text.title)), table, more, noteLine);

  function paint(): void {
    const events = answer.events.toReversed();
    const shown = isOpen ? events : events.slice(0, FEW);
    body.replaceChildren(...shown.map(rowOf));
    more.hidden = shown.length === events.length;
    more.textContent = text.all(format.count(events.length));
    note.write(events.length === 0 ? text.none : answer.cut === true ? text.cut : '');
    noteLine.hidden = note.node.data === '';
    table.hidden = events.length === 0;
  }

  function rowOf({ at, status, until }: EventsAnswer['events'][number]): HTMLElement {
    const pill = element('span', 'status', nameOf(status));
    setAttribute(pill, 'data-status', status);
    const time = element('time', '', format.minute(at, Date.now()));
    time.title = format.instant(at);
    time.dateTime = new Date(at).toISOString();
    const span = until === undefined ? text.now : `${text.lasting} ${lasting(until - at)}`;
    return element('tr', '', element('td', '', time), element('td', '', pill), element('td', 'event-span', span));
  }

  function nameOf(status: State): string {
    return status === 'unknown' ? site.availability.states.unknown : pageText.status[status];
  }

  return {
    element: section,
    async refresh(window) {
      const turn = ++asked;
      const next = await api.events(window);
      if (turn !== asked) return;
      answer = next.ok ? next.value : { events: [] };
      paint();
    },
  };
}
