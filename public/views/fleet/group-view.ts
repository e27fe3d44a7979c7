import type { GroupItem } from '../../model/listing.ts';
import { STATUSES } from '../../model/row.ts';
import type { Words } from '../../text/words.ts';
import { element, liveText, setAttribute } from '../element.ts';

/** The heading of a group: what its nodes have in common, how many, how well; and a button that closes it. */
export interface GroupView {
  readonly element: HTMLTableRowElement;
  show(group: GroupItem, label: string): void;
}

export function createGroupView({ text, format }: Words, onFold: (value: string) => void): GroupView {
  const name = liveText();
  const nodes = liveText();
  const latency = liveText();
  const loss = liveText();
  let shown: GroupItem | undefined;

  const button = element('button', 'fold', element('span', 'group-name', name.node));
  button.type = 'button';
  button.addEventListener('click', () => {
    if (shown) onFold(shown.value);
  });
  const statuses = STATUSES.map((status) => {
    const figure = liveText();
    const view = element('span', 'group-status', figure.node);
    view.dataset['status'] = status;
    return { status, figure, view };
  });
  const latencySpan = element('span', 'group-value', `${text.groups.medianLatency} `, element('b', '', latency.node));
  const lossSpan = element('span', 'group-value', `${text.groups.worstLoss} `, element('b', '', loss.node));
  const td = element(
    'td',
    'in-group',
    button,
    element('span', 'group-nodes', nodes.node),
    ...statuses.map(({ view }) => view),
    latencySpan,
    lossSpan,
  );
  td.setAttribute('role', 'cell');
  const tr = element('tr', 'group', td);
  tr.setAttribute('role', 'row');
  tr.tabIndex = -1;

  return {
    element: tr,
    show(group, label) {
      if (group === shown) return;
      shown = group;
      const { counts, medianLatency, worstLoss } = group.summary;
      name.write(group.value === '' ? text.groups.without(label) : group.value);
      nodes.write(text.groups.nodes(counts.all, format.count(counts.all)));
      for (const { status, figure, view } of statuses) {
        view.hidden = counts[status] === 0;
        figure.write(`${format.count(counts[status])} ${text.status[status]}`);
      }
      latency.write(medianLatency === null ? '' : format.milliseconds(medianLatency));
      latencySpan.hidden = medianLatency === null;
      loss.write(worstLoss === null ? '' : format.percent(worstLoss));
      lossSpan.hidden = worstLoss === null;
      setAttribute(button, 'aria-expanded', String(!group.closed));
    },
  };
}
