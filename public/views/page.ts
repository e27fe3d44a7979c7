import type { ViewerFrame } from '../../protocol/frames.ts';
import { type Counts, inTrouble, NO_COUNTS } from '../model/counts.ts';
import type { StatusChange } from '../model/rows.ts';
import type { Place } from '../place/place.ts';
import { createRewindBar } from '../past/rewind-bar.ts';
import { ROOT } from '../place/root.ts';
import type { Words } from '../text/words.ts';
import { createAnnouncer } from './announcer.ts';
import { createChangeLogView } from './change-log-view.ts';
import { createConnectionView } from './connection-view.ts';
import { element, setAttribute } from './element.ts';
import { createFavicon } from './favicon.ts';
import { icon } from './icon.ts';
import { createHelp } from './help.ts';
import { createNewer } from './newer.ts';
import type { Scene, Screen } from './screen.ts';
import { createThemeSwitch } from './theme-switch.ts';

/** The page as a whole: its bar, and the screen of the place it is at. Owns the document's body and title. */
export interface Page {
  /** Hands a frame on to what is shown. */
  hear(frame: ViewerFrame): void;
  paint(scene: Scene): void;
  /** Like `paint`, and moves all relative times on. To be called every second. */
  tick(scene: Scene): void;
  announce(changes: readonly StatusChange[]): void;
  /** Somebody is logged in. */
  offerLogout(): void;
}

export interface PageDeps {
  words: Words;
  /** Makes the screen of a place. May have to be fetched first. */
  openScreen: (place: Place) => Screen | Promise<Screen>;
  /** What was waited for is there: paint again. */
  onReady: () => void;
  /** Another moment is to be shown, epoch ms; `undefined`: now. */
  onMoment: (atMs: number | undefined) => void;
  onLogout: () => void;
}

export function createPage({ words, openScreen, onReady, onMoment, onLogout }: PageDeps): Page {
  const { text } = words;
  let counts: Readonly<Counts> = NO_COUNTS;
  let screen: Screen | undefined;
  /** What the screen was made for: see `keyOf`. */
  let openedFor = '';

  const connection = createConnectionView(words);
  const announcer = createAnnouncer(words, () => counts);
  const logo = element('img');
  logo.src = document.querySelector<HTMLLinkElement>('link[rel=icon]')?.href ?? '';
  logo.alt = '';
  const home = element('a', 'brand', logo, 'Nester');
  home.href = ROOT.href;
  const wall = element('a', 'to-wall', text.wall.link);
  wall.href = `${ROOT.href}?wall`;
  let liveNowMs = 0;
  const rewind = createRewindBar({ words, onMoment });
  const toPast = element('button', 'to-past', text.past.link);
  toPast.type = 'button';
  toPast.addEventListener('click', () => onMoment(Math.floor(liveNowMs / REWOUND_MS - 1) * REWOUND_MS));
  const newer = createNewer(words);
  const showFavicon = createFavicon();
  const log = createChangeLogView(words);
  const help = createHelp(words);
  const logout = element('button', 'bar-tool to-logout', icon('logout'));
  logout.type = 'button';
  logout.title = text.logout;
  logout.setAttribute('aria-label', text.logout);
  logout.addEventListener('click', onLogout);
  logout.hidden = true;
  const bar = element('header', 'bar', element('h1', '', home), element('div', 'bar-end', toPast, wall, element('div', 'bar-tools', log.element, createThemeSwitch(words), help.button, logout), connection.element));
  let content: HTMLElement = element('main');
  document.documentElement.lang = text.lang;
  document.body.append(bar, newer.element, rewind.element, content, announcer.element, help.dialog);

  function put(next: Screen): void {
    screen = next;
    content.replaceWith(next.element);
    content = next.element;
  }

  function open(place: Place): void {
    const key = keyOf(place);
    if (key === openedFor) return;
    openedFor = key;
    screen?.close();
    screen = undefined;
    const opened = openScreen(place);
    if (!(opened instanceof Promise)) {
      put(opened);
      return;
    }
    void opened.then((late) => {
      if (openedFor !== key) return;
      put(late);
      onReady();
    });
  }

  function surround(scene: Scene): void {
    const { liveRows, connection: link, place, nowMs } = scene;
    open(place);
    ({ liveNowMs } = scene);
    counts = scene.liveCounts;
    rewind.show(scene);
    toPast.hidden = place.screen !== 'fleet' || scene.past !== undefined || liveRows.size === 0;
    newer.show(scene);
    connection.show(link, nowMs);
    setAttribute(document.body, 'data-screen', place.screen);
    setAttribute(document.body, 'data-live', String(link.phase === 'live' || scene.past !== undefined));
    showFavicon(inTrouble(counts), link.phase !== 'lost');
    const title = text.title(inTrouble(counts), link.phase !== 'lost');
    if (document.title !== title) document.title = title;
  }

  return {
    hear: (frame) => screen?.hear?.(frame),
    paint(scene) {
      surround(scene);
      screen?.paint(scene);
    },
    tick(scene) {
      surround(scene);
      screen?.tick(scene);
    },
    announce(changes) {
      announcer.tell(changes);
      log.add(changes);
    },
    offerLogout() {
      logout.hidden = false;
    },
  };
}

/** The first step into the past: enough to see that it is one. */
const REWOUND_MS = 60_000;

/** Places of one key share a screen: only what is shown in it differs. */
function keyOf(place: Place): string {
  return place.screen === 'site' ? `site ${place.node}` : place.screen;
}
