import type { Row } from '../../model/row.ts';
import type { SiteWords } from '../../text/site/site-words.ts';
import { element, liveText, setAttribute } from '../element.ts';
import { createDialog } from './dialog.ts';
import type { Gate } from './gate.ts';
import type { SiteApi } from './site-api.ts';

/** What can be done about a node: have it measured now, put it on paper, forget it. */
export interface Actions {
  readonly element: HTMLElement;
  readonly dialog: HTMLElement;
  show(row: Row, nowMs: number): void;
}

export interface ActionsDeps {
  node: string;
  api: SiteApi;
  gate: Gate;
  words: SiteWords;
  /** Nester's clock. */
  nesterNow: () => number;
  onPrint: () => void;
  /** The node is gone. */
  onForgotten: () => void;
}

/** So long a report that was asked for may take. */
const PATIENCE_MS = 30_000;
/** So long what came of it is said. */
const SAID_MS = 12_000;

export function createActions({ node, api, gate, words, nesterNow, onPrint, onForgotten }: ActionsDeps): Actions {
  const { site, units } = words;
  const text = site.actions;
  const said = liveText();
  const saying = element('span', 'action-said', said.node);
  saying.setAttribute('role', 'status');
  const measure = button(text.measure, () => void measureNow());
  const print = button(text.print, onPrint);
  const forget = button(text.forget, () => void forgetNode());
  const dialog = createDialog({
    title: site.forget.title(node),
    body: [element('p', '', site.forget.lead(node))],
    ok: site.forget.ok(node),
    cancel: site.forget.cancel,
    isGrave: true,
  });
  let row: Row | undefined;
  /** Which report was the newest when a new one was asked for, and when that was. */
  let asked: { atMs: number; receivedAt: number } | undefined;
  let saidAtMs = 0;

  function button(name: string, onClick: () => void): HTMLButtonElement {
    const made = element('button', 'action', name);
    made.type = 'button';
    made.addEventListener('click', onClick);
    return made;
  }

  function say(words: string): void {
    said.write(words);
    saidAtMs = nesterNow();
  }

  async function measureNow(): Promise<void> {
    asked = { atMs: nesterNow(), receivedAt: row?.receivedAt ?? 0 };
    measure.disabled = true;
    say('');
    const answer = await gate.pass((key) => api.measure(key));
    if (!answer?.ok) {
      asked = undefined;
      if (answer) say(answer.status === 409 ? text.notConnected : text.failed(answer.detail));
    } else if (isAwaited()) {
      say(text.asked);
    }
    if (row) show(row, nesterNow());
  }

  /** The report may be here before the answer. */
  function isAwaited(): boolean {
    return asked !== undefined;
  }

  async function forgetNode(): Promise<void> {
    if (!(await dialog.ask())) return;
    forget.disabled = true;
    const answer = await gate.pass((key) => api.forget(key));
    forget.disabled = false;
    if (answer?.ok || answer?.status === 404) onForgotten();
    else if (answer) say(text.failed(answer.detail));
  }

  function show(next: Row, nowMs: number): void {
    row = next;
    if (asked && row.receivedAt > asked.receivedAt) {
      say(text.measured(units.seconds(Math.max(0, row.receivedAt - asked.atMs) / 1_000)));
      asked = undefined;
    } else if (asked && nowMs - asked.atMs > PATIENCE_MS) {
      say(text.noReport);
      asked = undefined;
    } else if (!asked && nowMs - saidAtMs > SAID_MS) {
      said.write('');
    }
    measure.disabled = !row.connected || asked !== undefined;
    setAttribute(measure, 'title', row.connected ? null : text.notConnected);
  }

  return { element: element('div', 'site-actions', saying, measure, print, forget), dialog: dialog.element, show };
}
