import { type Place, placeOf } from './place.ts';

/**
 * The address bar. Links inside the page and the browser's own buttons change what is shown
 * without loading anything; each place has an address that can be kept and shared.
 */
export interface Navigation {
  place(): Place;
  /** Goes to another place, as a link does: Back leads here again. */
  go(address: string): void;
  /** Says more exactly what is shown here; Back does not lead through it. An empty value is written without `=`. */
  refine(search: URLSearchParams): void;
}

export interface NavigationDeps {
  root: URL;
  /** The place became another one. */
  onPlace: (place: Place) => void;
}

/** Browsers refuse pages that write their address more than some three times a second for long. */
const WRITE_MS = 350;

export function createNavigation({ root, onPlace }: NavigationDeps): Navigation {
  let place = placeOf(new URL(location.href), root);
  let unwritten: { query: string; timer: ReturnType<typeof setTimeout> } | undefined;

  function arrive(): void {
    place = placeOf(new URL(location.href), root);
    onPlace(place);
  }

  function write(): void {
    if (unwritten === undefined) return;
    const { query, timer } = unwritten;
    clearTimeout(timer);
    unwritten = undefined;
    history.replaceState(null, '', `${location.pathname}${query === '' ? '' : `?${query}`}`);
  }

  function go(address: string): void {
    write();
    // Who comes back finds the page as it was left.
    history.replaceState({ scrolledPx: scrollY }, '');
    history.pushState(null, '', address);
    scrollTo(0, 0);
    arrive();
  }

  window.addEventListener('popstate', ({ state }) => {
    // The address is that of another place already.
    clearTimeout(unwritten?.timer);
    unwritten = undefined;
    arrive();
    // Painted before, in the same frame: until then the page may not be as high.
    const scrolledPx: unknown = (state as { scrolledPx?: unknown } | null)?.scrolledPx;
    if (typeof scrolledPx === 'number') requestAnimationFrame(() => scrollTo(0, scrolledPx));
  });
  window.addEventListener('pagehide', write);
  document.addEventListener('click', (event) => {
    // What opens elsewhere, or was handled already, is the browser's.
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!link || link.target !== '' || link.hasAttribute('download') || !isInside(new URL(link.href, location.href))) return;
    event.preventDefault();
    go(link.href);
  });

  /** Whether an address is one of the page's own, not of the API beside it. */
  function isInside({ origin, pathname }: URL): boolean {
    return origin === root.origin && (pathname === root.pathname || pathname.startsWith(`${root.pathname}nodes/`));
  }

  return {
    place: () => place,
    go,
    refine(search) {
      const query = search.toString().replace(/=(?=&|$)/g, '');
      clearTimeout(unwritten?.timer);
      unwritten = { query, timer: setTimeout(write, WRITE_MS) };
      place = { ...place, search: new URLSearchParams(query) };
      onPlace(place);
    },
  };
}
