import { siteAddress } from '../../place/place.ts';
import { ROOT } from '../../place/root.ts';
import type { Words } from '../../text/words.ts';
import type { Row } from '../../model/row.ts';
import type { Found } from '../../model/filter.ts';
import { element, liveText, type LiveText, markLong, setHidden } from '../element.ts';
import type { Cell } from './columns.ts';

/** Characters of a name there is always room for, even if they are as wide as they are high. */
const NAME_FITS = 11;

/**
 * The node's name; until when and why it is paused, if it is; what was found in its LAN, if
 * something was looked for; and its labels as chips: as many as there is room for, all on hover.
 */
export function createNodeCell(found: () => Found): (td: HTMLElement, words: Words) => Cell {
  return (td, { text, format, compareNames }) => {
    const name = liveText();
    const pause = liveText();
    const pauseSpan = element('span', 'pause', pause.node);
    const why = liveText();
    const whySpan = element('span', 'why', why.node);
    const labels = element('span', 'labels');
    const chips: LabelChip[] = [];
    let shown = '';
    const link = element('a', 'name', name.node);
    td.append(link, pauseSpan, whySpan, labels);

    function call({ node }: Row): void {
      if (!name.write(node)) return;
      link.href = siteAddress(node, ROOT);
      markLong(link, node, NAME_FITS);
    }

    return {
      show(row) {
        call(row);
        const entries = Object.entries(row.labels).sort(([a], [b]) => compareNames(a, b));
        const lines = [row.node, ...entries.map(([label, value]) => `${label}: ${value}`)].join('\n');
        if (lines === shown) return false;
        shown = lines;
        entries.forEach(([label, value], index) => {
          const chip = (chips[index] ??= createChip(labels));
          chip.name.write(label);
          chip.value.write(` ${value}`);
          setHidden(chip.element, false);
        });
        for (const { element: chip } of chips.slice(entries.length)) setHidden(chip, true);
        return false;
      },
      sketch: call,
      tick({ node, status, agent }, nowMs) {
        const until = status === 'paused' ? agent?.pausedUntil : undefined;
        const said = until === undefined ? '' : text.pausedUntil(format.minute(Date.parse(until), nowMs), agent?.pausedWhy ?? '');
        pause.write(said);
        setHidden(pauseSpan, said === '');
        const hosts = found().get(node) ?? [];
        why.write(hosts.join(', '));
        setHidden(whySpan, hosts.length === 0);
      },
      hint({ node }) {
        const hosts = found().get(node) ?? [];
        return [shown, pause.node.data, hosts.length === 0 ? '' : text.inLan(hosts.join('\n'))].filter((part) => part !== '').join('\n');
      },
    };
  };
}

interface LabelChip {
  element: HTMLElement;
  name: LiveText;
  value: LiveText;
}

/** Made once and used for one label after the other: rows show other nodes as the page is scrolled. */
function createChip(parent: HTMLElement): LabelChip {
  const name = liveText();
  const value = liveText();
  const chip = element('span', 'label', element('span', 'label-name', name.node), value.node);
  parent.append(chip);
  return { element: chip, name, value };
}
