import { type Counts, inTrouble } from '../model/counts.ts';
import type { StatusChange } from '../model/rows.ts';
import type { Words } from '../text/words.ts';
import { element } from './element.ts';

/** Changes are gathered for so long, so that a site that goes dark is one sentence, not ten. */
const GATHER_MS = 1_500;
/** More than this are counted, not named. */
const NAMED = 3;

/** Tells screen readers, politely, whose status changed. */
export interface Announcer {
  readonly element: HTMLElement;
  tell(changes: readonly StatusChange[]): void;
}

export function createAnnouncer({ text, format }: Words, counts: () => Counts): Announcer {
  const region = element('div', 'unseen');
  region.setAttribute('aria-live', 'polite');
  const gathered = new Map<string, StatusChange>();

  function say(): void {
    const changes = [...gathered.values()];
    gathered.clear();
    region.textContent =
      changes.length <= NAMED
        ? changes.map(({ node, status }) => text.nowIs(node, text.status[status])).join('. ')
        : text.manyChanged(changes.length, format.count(changes.length), format.count(inTrouble(counts())));
  }

  return {
    element: region,
    tell(changes) {
      if (changes.length === 0) return;
      if (gathered.size === 0) setTimeout(say, GATHER_MS);
      for (const change of changes) gathered.set(change.node, change);
    },
  };
}
