import type { Words } from '../text/words.ts';
import { element } from './element.ts';
import type { Scene } from './screen.ts';

/**
 * Offers to load the page anew when Nester was updated and serves another one. At the wall nobody
 * is there to press: it does so by itself, once for each page, should Nester serve an odd one.
 */
export interface Newer {
  readonly element: HTMLElement;
  show(scene: Scene): void;
}

const DONE = 'nester-reloaded';

export function createNewer({ text }: Words): Newer {
  const button = element('button', 'newer-reload', text.newer.reload);
  button.type = 'button';
  button.addEventListener('click', () => location.reload());
  const strip = element('p', 'newer', text.newer.said, ' ', button);
  strip.setAttribute('role', 'status');
  strip.hidden = true;
  return {
    element: strip,
    show({ outdated, place }) {
      strip.hidden = !outdated;
      if (!outdated || place.screen !== 'wall' || sessionStorage.getItem(DONE) === import.meta.url) return;
      sessionStorage.setItem(DONE, import.meta.url);
      location.reload();
    },
  };
}
