import type { Words } from '../../text/words.ts';
import { element } from '../element.ts';

/** The box for words to look for. */
export interface FilterBox {
  readonly element: HTMLElement;
  readonly input: HTMLInputElement;
  /** Shows other words than those that were typed. */
  show(text: string): void;
}

export function createFilterBox({ text }: Words, onInput: (text: string) => void): FilterBox {
  const input = element('input', 'filter-input');
  input.type = 'search';
  input.placeholder = text.filter.placeholder;
  input.autocomplete = 'off';
  input.spellcheck = false;
  input.setAttribute('aria-keyshortcuts', '/');
  input.addEventListener('input', () => onInput(input.value));
  const key = element('kbd', 'filter-key', '/');
  key.setAttribute('aria-hidden', 'true');
  return {
    element: element('label', 'filter', element('span', 'unseen', text.filter.label), input, key),
    input,
    show(words) {
      if (input.value !== words) input.value = words;
    },
  };
}
