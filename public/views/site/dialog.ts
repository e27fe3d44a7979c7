import { element } from '../element.ts';

/** A question that must be answered before anything else. */
export interface Dialog {
  readonly element: HTMLDialogElement;
  /** Resolves to whether it was agreed to; Escape is a no. `focus` gets the keyboard first, else what does no harm. */
  ask(focus?: HTMLElement): Promise<boolean>;
}

export interface DialogDeps {
  title: string;
  body: readonly HTMLElement[];
  ok: string;
  cancel: string;
  /** What is agreed to cannot be undone. */
  isGrave?: boolean;
}

export function createDialog({ title, body, ok, cancel, isGrave = false }: DialogDeps): Dialog {
  const head = element('h2', '', title);
  const no = element('button', 'action', cancel);
  no.type = 'button';
  const yes = element('button', isGrave ? 'action grave' : 'action main', ok);
  const form = element('form', '', head, ...body, element('div', 'dialog-actions', no, yes));
  const dialog = element('dialog', 'dialog', form);
  dialog.setAttribute('aria-label', title);
  let answer: ((agreed: boolean) => void) | undefined;

  function finish(agreed: boolean): void {
    const tell = answer;
    answer = undefined;
    if (dialog.open) dialog.close();
    tell?.(agreed);
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    finish(true);
  });
  no.addEventListener('click', () => finish(false));
  dialog.addEventListener('close', () => finish(false));

  return {
    element: dialog,
    ask(focus = no) {
      finish(false);
      dialog.showModal();
      focus.focus();
      return new Promise((resolve) => {
        answer = resolve;
      });
    },
  };
}
