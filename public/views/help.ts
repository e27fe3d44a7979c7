import type { Words } from '../text/words.ts';
import { element } from './element.ts';
import { icon } from './icon.ts';
import { isTyping } from './typing.ts';

/** The keys there are, as they stand on a keyboard. */
const KEYS = {
  search: ['/'],
  move: ['↓', '↑'],
  ends: ['Home', 'End'],
  open: ['Enter'],
  fold: ['←', '→'],
  escape: ['Esc'],
  live: ['L'],
  help: ['?'],
} as const;

/** A button and a key (`?`) that show which keys there are. */
export function createHelp({ text: { help } }: Words): { button: HTMLElement; dialog: HTMLElement } {
  const rows = (Object.keys(KEYS) as (keyof typeof KEYS)[]).map((name) => {
    const keys = KEYS[name].map((key) => element('kbd', '', key));
    return element('div', 'key', element('dt', '', ...keys), element('dd', '', help.keys[name]));
  });
  const close = element('button', 'tool', help.close);
  close.type = 'button';
  const title = element('h2', '', help.title);
  title.id = 'help-title';
  const dialog = element('dialog', 'help', title, element('dl', 'keys', ...rows), close);
  dialog.setAttribute('aria-labelledby', title.id);
  close.addEventListener('click', () => dialog.close());
  // A press beside it closes it, too.
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });

  function open(): void {
    if (!dialog.open) dialog.showModal();
  }

  const button = element('button', 'bar-tool to-help', icon('help'));
  button.type = 'button';
  button.title = help.button;
  button.setAttribute('aria-label', help.button);
  button.setAttribute('aria-keyshortcuts', '?');
  button.addEventListener('click', open);
  document.addEventListener('keydown', (event) => {
    if (event.key !== '?' || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    event.preventDefault();
    open();
  });
  return { button, dialog };
}
