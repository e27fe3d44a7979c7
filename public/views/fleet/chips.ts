import type { Status } from '../../../protocol/node-state.ts';
import type { Counts } from '../../model/counts.ts';
import type { Query } from '../../model/query.ts';
import { STATUSES } from '../../model/row.ts';
import type { Words } from '../../text/words.ts';
import { element, liveText, setAttribute } from '../element.ts';

/** How many nodes are of each status; pressing one shows only those. `all` takes that back. */
export interface Chips {
  readonly element: HTMLElement;
  show(counts: Counts, query: Query): void;
}

export function createChips({ text, format }: Words, onPress: (status: Status | 'all') => void): Chips {
  const chips = (['all', ...STATUSES] as const).map((status) => {
    const figure = liveText();
    const name = status === 'all' ? text.filter.all : text.status[status];
    const button = element('button', 'chip', element('span', 'chip-name', name), element('span', 'chip-count', figure.node));
    button.type = 'button';
    button.dataset['status'] = status;
    button.addEventListener('click', () => onPress(status));
    return { status, button, figure };
  });
  const group = element('div', 'chips', ...chips.map(({ button }) => button));
  group.setAttribute('role', 'group');
  group.setAttribute('aria-label', text.filter.byStatus);
  return {
    element: group,
    show(counts, { statuses }) {
      for (const { status, button, figure } of chips) {
        figure.write(format.count(counts[status]));
        const pressed = status === 'all' ? statuses.size === 0 : statuses.has(status);
        setAttribute(button, 'aria-pressed', String(pressed));
        setAttribute(button, 'data-none', counts[status] === 0 ? '' : null);
        // Maintenance is rare: its chip comes with it.
        button.hidden = status === 'paused' && counts.paused === 0 && !pressed;
      }
    },
  };
}
