import type { Row } from '../../model/row.ts';
import type { Words } from '../../text/words.ts';
import { element, liveText } from '../element.ts';
import { icon } from '../icon.ts';
import { createMenu, type Menu } from '../menu.ts';

export interface GroupMenuDeps {
  words: Words;
  rows: () => Iterable<Row>;
  chosen: () => string | null;
  onChoose: (label: string | null) => void;
}

/** Chooses the label by which nodes are gathered: any that a node has. */
export interface GroupMenu extends Menu {
  /** Says on the button which it is. */
  show(label: string | null): void;
}

export function createGroupMenu({ words, rows, chosen, onChoose }: GroupMenuDeps): GroupMenu {
  const { text, compareNames } = words;
  const said = liveText();

  function fill(): Node[] {
    const labels = new Set<string>();
    const now = chosen();
    if (now !== null) labels.add(now);
    for (const { labels: own } of rows()) for (const label in own) labels.add(label);
    const choices = [null, ...[...labels].sort(compareNames)].map((label) => {
      const box = element('input');
      box.type = 'radio';
      box.name = 'group-by';
      box.checked = label === now;
      box.addEventListener('change', () => onChoose(label));
      return element('label', 'choice', box, label ?? text.groups.none);
    });
    return [element('h2', 'panel-title', text.groups.title), ...choices];
  }

  const menu = createMenu({ className: 'choose-group', label: text.groups.title, fill }, icon('group'), element('span', 'tool-name', said.node));
  return {
    ...menu,
    show(label) {
      said.write(label === null ? text.groups.button : text.groups.by(label));
      menu.button.toggleAttribute('data-on', label !== null);
    },
  };
}
