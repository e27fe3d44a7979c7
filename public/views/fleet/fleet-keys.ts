import type { Item } from '../../model/listing.ts';
import { isTyping } from '../typing.ts';
import type { Table } from './table.ts';

export interface FleetKeysDeps {
  input: HTMLInputElement;
  table: Table;
  items: () => readonly Item[];
  onOpen: (node: string) => void;
  onFold: (group: string) => void;
  /** The words looked for are to be forgotten. */
  onClear: () => void;
}

/** Everything by keys: see the help. Returns how to let go of them. */
export function createFleetKeys({ input, table, items, onOpen, onFold, onClear }: FleetKeysDeps): () => void {
  function move(by: number): void {
    const at = table.cursor();
    const last = items().length - 1;
    if (last < 0) return;
    table.moveTo(at === -1 ? table.firstSeen() : Math.min(last, Math.max(0, at + by)));
  }

  /** The line that has the focus itself, not what is inside it. */
  function current(): Item | undefined {
    const active = document.activeElement;
    return active instanceof HTMLTableRowElement ? items()[table.cursor()] : undefined;
  }

  function act(item: Item | undefined, key: string): boolean {
    if (item === undefined) return false;
    if (item.kind === 'node') {
      if (key === 'Enter') onOpen(item.node);
      return key === 'Enter';
    }
    const isFolding = key === 'Enter' || key === ' ' || key === (item.closed ? 'ArrowRight' : 'ArrowLeft');
    if (isFolding) onFold(item.value);
    return isFolding;
  }

  function escape(): void {
    if (input.value !== '') onClear();
    else if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  }

  const moves: Record<string, () => void> = {
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    PageDown: () => move(table.page()),
    PageUp: () => move(-table.page()),
    Home: () => table.moveTo(0),
    End: () => table.moveTo(items().length - 1),
  };

  function onKey(event: KeyboardEvent): void {
    const { key, target } = event;
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    // An open panel has its own keys.
    if (target instanceof Element && target.closest('.panel, dialog')) return;
    const typing = isTyping(target);
    if (key === 'Escape' && (!typing || target === input)) escape();
    else if (key === '/' && !typing) input.select();
    else if (key === 'ArrowDown' && target === input) move(1);
    else if (typing || isControl(target, key)) return;
    else if (!act(current(), key)) {
      const isRow = current() !== undefined;
      const go = moves[key];
      // Without a row that has the focus, these keys scroll the page as always.
      if (!go || (!isRow && !key.startsWith('Arrow'))) return;
      go();
    }
    event.preventDefault();
  }

  document.addEventListener('keydown', onKey);
  return () => document.removeEventListener('keydown', onKey);
}

/** What has the focus does something by this key itself. */
function isControl(target: EventTarget | null, key: string): boolean {
  return target instanceof Element && target.closest('button, a, select, summary') !== null && (key === 'Enter' || key === ' ');
}
