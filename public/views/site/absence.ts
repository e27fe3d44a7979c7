import type { SiteWords } from '../../text/site/site-words.ts';
import { element, liveText } from '../element.ts';
import type { Scene } from '../screen.ts';

/** What stands there instead of a node that is not there: never was, is not known yet, or was just forgotten. */
export interface Absence {
  readonly element: HTMLElement;
  show(scene: Scene, isThere: boolean): void;
}

export function createAbsence(node: string, { site, format }: SiteWords): Absence {
  const title = liveText();
  const hint = liveText();
  const name = element('h2', 'site-name', node);
  name.dir = 'auto';
  const box = element('div', 'nothing absence', name, element('p', 'absence-title', title.node), element('p', '', hint.node));
  box.setAttribute('role', 'status');
  // Until it is known which of the two is to be seen, neither is.
  box.hidden = true;
  let wasThere = false;
  let goneMs: number | undefined;

  return {
    element: box,
    show({ connection, nowMs }, isThere) {
      box.hidden = isThere;
      if (wasThere && !isThere) goneMs ??= nowMs;
      if (isThere) goneMs = undefined;
      wasThere = isThere;
      if (isThere) return;
      if (goneMs !== undefined) {
        title.write(site.forgotten.title(format.clock(goneMs, nowMs)));
        hint.write(site.forgotten.hint);
      } else if (connection.phase === 'live') {
        title.write(site.unknown.title);
        hint.write(site.unknown.hint);
      } else {
        title.write(site.opening);
        hint.write('');
      }
    },
  };
}
