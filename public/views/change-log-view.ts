import { createChangeLog } from '../model/change-log.ts';
import type { StatusChange } from '../model/rows.ts';
import { siteAddress } from '../place/place.ts';
import { ROOT } from '../place/root.ts';
import type { Status } from '../../protocol/node-state.ts';
import type { Words } from '../text/words.ts';
import { element, liveText, setAttribute } from './element.ts';
import { icon } from './icon.ts';
import { createMenu } from './menu.ts';

/** A drawer with the last changes of status; its button says how many are new. */
export interface ChangeLogView {
  readonly element: HTMLElement;
  add(changes: readonly StatusChange[]): void;
}

export function createChangeLogView({ text, format }: Words): ChangeLogView {
  const { log } = text;
  const kept = createChangeLog();
  const figure = liveText();
  const badge = element('span', 'badge', figure.node);

  function fill(): Node[] {
    const nowMs = Date.now();
    const list = element('ol', 'changes', ...kept.changes.map((change) => lineOf(change, nowMs)));
    return [element('h2', 'panel-title', log.title), kept.changes.length === 0 ? element('p', 'panel-note', log.none) : list];
  }

  function lineOf({ node, from, status, sinceMs }: StatusChange, nowMs: number): HTMLElement {
    const time = element('time', 'change-time', format.clock(sinceMs, nowMs));
    time.dateTime = new Date(sinceMs).toISOString();
    const link = element('a', 'name', node);
    link.href = siteAddress(node, ROOT);
    const before = from === null ? element('span', 'change-new', log.fresh) : pill(from);
    return element('li', 'change', time, link, element('span', 'change-way', before, ' → ', pill(status)));
  }

  function pill(status: Status): HTMLElement {
    const span = element('span', 'change-status', text.status[status]);
    span.dataset['status'] = status;
    return span;
  }

  function show(): void {
    const counted = format.count(kept.unread);
    figure.write(kept.unread > 99 ? '99+' : counted);
    badge.hidden = kept.unread === 0;
    const name = log.button(kept.unread, counted);
    setAttribute(menu.button, 'aria-label', name);
    setAttribute(menu.button, 'title', name);
  }

  const menu = createMenu(
    {
      className: 'change-log',
      label: log.title,
      fill() {
        kept.read();
        show();
        return fill();
      },
    },
    icon('log'),
    badge,
  );
  menu.button.classList.replace('tool', 'bar-tool');
  // Who follows a link has seen enough.
  menu.element.addEventListener('click', ({ target }) => {
    if (target instanceof HTMLAnchorElement) menu.close();
  });
  show();

  return {
    element: menu.element,
    add(changes) {
      if (changes.length === 0) return;
      kept.add(changes);
      if (menu.isOpen()) menu.refill();
      else show();
    },
  };
}
