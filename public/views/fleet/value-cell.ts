import type { Row } from '../../model/row.ts';
import type { Format } from '../../text/format.ts';
import type { Text } from '../../text/text.ts';
import type { Words } from '../../text/words.ts';
import type { Cell } from './columns.ts';
import { liveText, markLong, setAttribute } from '../element.ts';

/** Characters there is room for in the narrowest column. */
const FITS = 8;

/**
 * A cell of one value. `read` returns `null` where the report says nothing: then a dash stands
 * there, never a zero. `weigh` says how bad the value is, for those that are bad by themselves;
 * `explain` what is to be known of it beside the value.
 */
export function createValueCell(
  read: (row: Row, format: Format) => string | null,
  weigh?: (row: Row) => 'some' | 'much' | null,
  explain?: (row: Row, text: Text) => string | null,
): (td: HTMLElement, words: Words) => Cell {
  return (td, { text, format }) => {
    const value = liveText();
    td.append(value.node);
    return {
      show(row) {
        const shown = read(row, format);
        const changed = value.write(shown ?? '–');
        if (changed) {
          setAttribute(td, 'data-unknown', shown === null ? '' : null);
          markLong(td, value.node.data, FITS);
        }
        if (weigh) setAttribute(td, 'data-bad', weigh(row));
        return changed;
      },
      // In full, should there be no room for it.
      hint: (row) => explain?.(row, text) ?? read(row, format) ?? text.unknown,
    };
  };
}
