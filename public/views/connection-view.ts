import type { Connection } from '../feed/connection.ts';
import type { Words } from '../text/words.ts';
import { element, liveText, setAttribute } from './element.ts';

/** A first connection that takes longer than this is said to fail. */
const PATIENCE_MS = 3_000;

/** Whether what is shown is current, and if not, since when. */
export interface ConnectionView {
  readonly element: HTMLElement;
  /** `nowMs` is this device's clock. */
  show(connection: Connection, nowMs: number): void;
}

export function createConnectionView({ text, format }: Words): ConnectionView {
  const words = liveText();
  const view = element('p', 'connection', element('span', 'connection-words', words.node));
  view.setAttribute('role', 'status');
  return {
    element: view,
    show({ phase, sinceMs }, nowMs) {
      const since = format.clock(sinceMs, nowMs);
      const opening = nowMs - sinceMs < PATIENCE_MS ? text.connection.opening : text.connection.openingSince(since);
      words.write({ opening, live: text.connection.live, lost: text.connection.lost(since) }[phase]);
      setAttribute(view, 'data-phase', phase);
      setAttribute(view, 'title', phase === 'live' ? text.connection.liveSince(since) : null);
    },
  };
}
