import type { Row } from '../../model/row.ts';
import type { Words } from '../../text/words.ts';
import type { Cell } from './columns.ts';
import { element, liveText, setAttribute } from '../element.ts';

/** The status in words and colour; for how long, where it is not well. A pause says until when, beside the name. */
export function createStatusCell(td: HTMLElement, { text, format }: Words): Cell {
  const name = liveText();
  const lasting = liveText();
  const pill = element('span', 'status', name.node);
  const duration = element('span', 'lasting', lasting.node);
  td.append(pill, duration);

  function show({ status }: Row): boolean {
    const changed = name.write(text.status[status]);
    setAttribute(pill, 'data-status', status);
    return changed;
  }

  return {
    show,
    sketch: show,
    tick({ status, since }, nowMs) {
      lasting.write(status === 'online' || status === 'paused' ? '' : format.duration(nowMs - since));
    },
    hint: ({ status, since }) => text.statusSince(text.status[status], format.instant(since)),
  };
}
