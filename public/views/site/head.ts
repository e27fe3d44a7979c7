import type { Connection } from '../../feed/connection.ts';
import type { Row } from '../../model/row.ts';
import type { SiteWords } from '../../text/site/site-words.ts';
import { element, liveText, setAttribute } from '../element.ts';
import { diagnose, type LastDay } from './diagnosis.ts';
import { sentenceOf } from './finding-text.ts';

/** Who this is, how it is, and what is wrong since when. */
export interface Head {
  readonly element: HTMLElement;
  /** `nowMs`: until when it is known. */
  show(row: Row, lastDay: LastDay, nowMs: number, connection: Connection): void;
}

export function createHead(node: string, actions: HTMLElement, words: SiteWords): Head {
  const { text, site, format, compareNames } = words;
  const status = liveText();
  const pill = element('span', 'status', status.node);
  const labels = element('span', 'site-labels');
  const main = liveText();
  const old = liveText();
  const oldLine = element('p', 'says-old', old.node);
  const more = element('ul', 'findings');
  const sentence = element('p', 'sentence', main.node);
  const name = element('h2', 'site-name', node);
  // A name in another script must not turn the line around.
  name.dir = 'auto';
  let shownLabels = '';
  let shownMore = '';

  return {
    element: element(
      'header',
      'site-head',
      element('div', 'site-title', name, pill, labels, actions),
      element('div', 'says', oldLine, sentence, more),
    ),
    show(row, lastDay, nowMs, { phase, sinceMs }) {
      oldLine.hidden = phase !== 'lost';
      if (phase === 'lost') old.write(site.notLive(format.clock(sinceMs, Date.now())));
      status.write(text.status[row.status]);
      setAttribute(pill, 'data-status', row.status);
      const [first, ...others] = diagnose(row, lastDay, nowMs);
      if (first) {
        main.write(sentenceOf(first, words, nowMs));
        setAttribute(sentence, 'data-status', row.status === 'online' && first.kind !== 'well' ? 'late' : row.status);
      }
      const sentences = others.map((finding) => sentenceOf(finding, words, nowMs));
      if (sentences.join('\n') !== shownMore) {
        shownMore = sentences.join('\n');
        more.replaceChildren(...sentences.map((said) => element('li', '', said)));
      }
      more.hidden = sentences.length === 0;
      const entries = Object.entries(row.labels).sort(([a], [b]) => compareNames(a, b));
      const key = JSON.stringify(entries);
      if (key === shownLabels) return;
      shownLabels = key;
      labels.replaceChildren(
        ...entries.map(([label, value]) => element('span', 'label', element('span', 'label-name', label), ` ${value}`)),
      );
    },
  };
}
