import type { KeyRing } from '../../feed/key-ring.ts';
import type { SiteWords } from '../../text/site/site-words.ts';
import { element } from '../element.ts';
import { createDialog } from './dialog.ts';
import type { Answer } from './site-api.ts';

/** Does what needs Nester's key: asks for it when it is wanted, and again when it was wrong. */
export interface Gate {
  readonly element: HTMLElement;
  /** `undefined`: the person did not want to after all. */
  pass<Value>(call: (key: string) => Promise<Answer<Value>>): Promise<Answer<Value> | undefined>;
}

export function createGate(keyRing: KeyRing, { site }: SiteWords): Gate {
  const text = site.key;
  const field = element('input', 'filter-input');
  field.type = 'password';
  field.autocomplete = 'off';
  field.required = true;
  const wrong = element('p', 'dialog-error', text.wrong);
  wrong.setAttribute('role', 'alert');
  const dialog = createDialog({
    title: text.title,
    body: [element('p', '', text.lead), element('label', 'dialog-field', element('span', '', text.label), field), wrong],
    ok: text.ok,
    cancel: text.cancel,
  });

  async function ask(): Promise<boolean> {
    field.value = '';
    wrong.hidden = keyRing.key === '';
    if (!(await dialog.ask(field))) return false;
    keyRing.key = field.value;
    field.value = '';
    return true;
  }

  return {
    element: dialog.element,
    async pass(call) {
      for (;;) {
        const answer = await call(keyRing.key);
        if (answer.ok || answer.status !== 401) return answer;
        if (!(await ask())) return undefined;
      }
    },
  };
}
