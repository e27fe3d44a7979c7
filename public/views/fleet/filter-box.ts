import type { Words } from '../../text/words.ts';
import { element } from '../element.ts';

/** The box for words to look for. */
export interface FilterBox {
  readonly element: HTMLElement;
  clear(): void;
}

export function createFilterBox({ text }: Words, onInput: (text: string) => void): FilterBox {
  const input = element('input', 'filter-input');
  input.type = 'search';
  input.placeholder = text.filter.placeholder;
  input.autocomplete = 'off';
  input.spellcheck = false;
  input.addEventListener('input', () => onInput(input.value));
  const label = element('label', 'filter', element('span', 'unseen', text.filter.label), input);
  return {
    element: label,
    clear() {
      input.value = '';
      input.focus();
    },
  };
}
