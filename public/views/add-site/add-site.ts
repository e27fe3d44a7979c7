import type { Row } from '../../model/row.ts';
import { siteAddress } from '../../place/place.ts';
import { ROOT } from '../../place/root.ts';
import type { Words } from '../../text/words.ts';
import { createCommand } from '../command.ts';
import { element, liveText } from '../element.ts';
import { type KeyMaking, makeKey } from './make-key.ts';
import { siteCommands, type Way, WAYS } from './site-commands.ts';

/** Asks what a new site is to be called, shows the commands that make it report, and waits until it does. */
export interface AddSite {
  readonly element: HTMLDialogElement;
  open(): void;
  /** The rows as they are now, however often. */
  show(rows: ReadonlyMap<string, Row>, nowMs: number): void;
}

export interface AddSiteDeps {
  words: Words;
  /** This Nester's own address, without a slash at its end. */
  address: string;
}

export function createAddSite({ words, address }: AddSiteDeps): AddSite {
  const text = words.text.addSite;
  const name = element('input', 'filter-input');
  name.required = true;
  name.maxLength = 200;
  name.autocomplete = 'off';
  const labels = element('input', 'filter-input');
  labels.placeholder = 'city=Lyon, group=shops';
  labels.autocomplete = 'off';
  const trouble = element('p', 'dialog-error');
  trouble.setAttribute('role', 'alert');
  const next = element('button', 'action main', text.next);
  const form = element(
    'form',
    '',
    element('p', '', text.lead),
    element('label', 'dialog-field', element('span', '', text.name), name),
    element('label', 'dialog-field', element('span', '', text.labels), labels),
    trouble,
    element('div', 'dialog-actions', next),
  );
  const ready = element('div', 'add-site-ready');
  const said = liveText();
  const waiting = element('p', 'add-site-waiting', said.node);
  waiting.setAttribute('role', 'status');
  const link = element('a', '', text.open);
  const close = element('button', 'action', text.close);
  close.type = 'button';
  const after = element('div', '', ready, waiting, element('div', 'dialog-actions', link, close));
  const dialog = element('dialog', 'dialog add-site', element('h2', '', text.title), form, after);
  dialog.setAttribute('aria-label', text.title);
  /** The site that is waited for, and when its last report before was received. */
  let awaited: { node: string; sinceMs: number; isHere: boolean } | undefined;
  let rows: ReadonlyMap<string, Row> = new Map();
  let way: Way = 'systemd';

  function begin(): void {
    awaited = undefined;
    form.hidden = false;
    after.hidden = true;
    trouble.hidden = true;
    name.value = '';
  }

  async function prepare(): Promise<void> {
    const node = name.value.trim();
    const pairs = readLabels(labels.value);
    if (pairs === undefined) {
      complain(text.badLabels);
      return;
    }
    next.disabled = true;
    const made = await makeKey(node, ROOT, (...request) => fetch(...request));
    next.disabled = false;
    if (made.kind === 'failed') {
      complain(text.failed(made.detail));
      return;
    }
    awaited = { node, sinceMs: rows.get(node)?.receivedAt ?? 0, isHere: false };
    showCommands(node, pairs, made);
    link.href = siteAddress(node, ROOT);
    form.hidden = true;
    after.hidden = false;
    // What had the keyboard is gone.
    ready.querySelector<HTMLElement>('input:checked')?.focus();
    show(rows, Date.now());
  }

  function complain(words: string): void {
    trouble.textContent = words;
    trouble.hidden = false;
  }

  function showCommands(node: string, pairs: readonly (readonly [string, string])[], made: KeyMaking): void {
    const commands = siteCommands({ address, node, labels: pairs, key: made.kind === 'none' ? undefined : made.kind === 'made' ? made.key : text.yourKey });
    const place = element('div');
    const hint = element('p', 'add-site-hint');
    const choices = WAYS.map((each) => {
      const radio = element('input');
      radio.type = 'radio';
      radio.name = 'add-site-way';
      radio.checked = each === way;
      radio.addEventListener('change', () => choose(each));
      return element('label', 'add-site-way', radio, element('span', '', text.ways[each]));
    });
    const fields = element('fieldset', 'add-site-ways', element('legend', '', text.how), ...choices);

    function choose(chosen: Way): void {
      way = chosen;
      hint.textContent = text.hints[chosen];
      place.replaceChildren(createCommand(commands[chosen], text.ways[chosen], words));
    }

    choose(way);
    const ofKey = { made: text.keyMade, needed: text.keyNeeded, none: '', failed: '' }[made.kind];
    ready.replaceChildren(fields, hint, place, ...(ofKey === '' ? [] : [element('p', '', ofKey)]));
  }

  function show(now: ReadonlyMap<string, Row>, nowMs: number): void {
    rows = now;
    if (awaited === undefined || !dialog.open) return;
    const row = rows.get(awaited.node);
    awaited.isHere ||= row !== undefined && row.receivedAt > awaited.sinceMs;
    link.hidden = !awaited.isHere;
    waiting.toggleAttribute('data-here', awaited.isHere);
    said.write(awaited.isHere && row ? text.here(awaited.node, words.format.ago(Math.max(0, nowMs - row.receivedAt))) : text.waiting(awaited.node));
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void prepare();
  });
  close.addEventListener('click', () => dialog.close());
  link.addEventListener('click', () => dialog.close());
  begin();

  return {
    element: dialog,
    open() {
      begin();
      dialog.showModal();
      name.focus();
    },
    show,
  };
}

/** `city=Lyon, group=shops`; `undefined`: something there is no label. */
function readLabels(text: string): [string, string][] | undefined {
  const parts = text.split(',').map((part) => part.trim()).filter((part) => part !== '');
  const pairs = parts.map((part): [string, string] => [part.slice(0, part.indexOf('=')).trim(), part.slice(part.indexOf('=') + 1).trim()]);
  return parts.every((part) => part.indexOf('=') > 0) && pairs.every(([name, value]) => name !== '' && value !== '') ? pairs : undefined;
}
