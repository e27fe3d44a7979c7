import type { Row } from '../../model/row.ts';
import type { Words } from '../../text/words.ts';
import type { Cell } from './columns.ts';
import { element, liveText } from '../element.ts';

/** How long ago the node's newest report was measured; when exactly, on hover. */
export function createUpdatedCell(td: HTMLElement, { text, format }: Words): Cell {
  const ago = liveText();
  const time = element('time', '', ago.node);
  let measuredMs = 0;
  td.append(time);
  return {
    show({ timestamp }: Row) {
      if (time.dateTime === timestamp) return false;
      time.dateTime = timestamp;
      measuredMs = Date.parse(timestamp);
      return false;
    },
    tick(_row, nowMs) {
      ago.write(format.ago(nowMs - measuredMs));
    },
    hint: ({ receivedAt }) => text.measuredAt(format.instant(measuredMs), format.instant(receivedAt)),
  };
}
