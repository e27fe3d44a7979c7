import { ROOT } from '../../place/root.ts';
import type { Words } from '../../text/words.ts';
import { element, liveText, setAttribute } from '../element.ts';
import type { Scene, Screen } from '../screen.ts';

export interface SiteScreenDeps {
  words: Words;
  node: string;
}

/** One node: how it is, and how it was. */
export function createSiteScreen({ words: { text }, node }: SiteScreenDeps): Screen {
  const status = liveText();
  const pill = element('span', 'status', status.node);
  const back = element('a', 'back', text.site.back);
  back.href = ROOT.href;

  function paint({ rows, connection }: Scene): void {
    const row = rows.get(node);
    status.write(row ? text.status[row.status] : connection.phase === 'opening' ? '' : text.site.unknown);
    setAttribute(pill, 'data-status', row?.status ?? null);
  }

  return {
    element: element('main', 'site', element('nav', '', back), element('h2', 'site-name', node), pill),
    paint,
    tick: paint,
    close: () => undefined,
  };
}
