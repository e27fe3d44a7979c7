import type { Words } from '../text/words.ts';
import { element, liveText } from './element.ts';

/** How long the button says that it copied. */
const SAID_MS = 2_500;

/** A command ready to be copied. */
export function createCommand(command: string, name: string, { text }: Words): HTMLElement {
  const said = liveText();
  said.write(text.first.copy);
  const code = element('code', '', command);
  const button = element('button', 'copy', said.node);
  button.type = 'button';
  button.setAttribute('aria-label', `${text.first.copy}: ${name}`);
  // So that those who do not see the button change hear that it worked.
  const heard = element('span', 'unseen');
  heard.setAttribute('role', 'status');
  button.addEventListener('click', () => {
    void copy(command, code).then((copied) => {
      const words = copied ? text.first.copied : text.first.copyByHand;
      said.write(words);
      heard.textContent = words;
      setTimeout(() => {
        said.write(text.first.copy);
        heard.textContent = '';
      }, SAID_MS);
    });
  });
  const lines = element('pre', '', code);
  lines.tabIndex = 0;
  lines.setAttribute('aria-label', name);
  return element('div', 'command', lines, button, heard);
}

/**
 * Puts a text on the clipboard. Browsers offer their clipboard only over https or on this
 * machine itself, and most Nesters are reached by plain http on a LAN: there the text is
 * selected and copied the old way, and stays selected for the reader's own keys if that fails.
 */
async function copy(words: string, from: Node): Promise<boolean> {
  if (window.isSecureContext) {
    try {
      await navigator.clipboard.writeText(words);
      return true;
    } catch {
      // Not permitted: the old way is left.
    }
  }
  getSelection()?.selectAllChildren(from);
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- nothing has replaced it over plain http
  return document.execCommand('copy');
}
