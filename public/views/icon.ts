const SVG = 'http://www.w3.org/2000/svg';

/** Outlines on a field of 16 by 16. */
const PATHS = {
  add: 'M8 3v10 M3 8h10',
  columns: 'M2.5 3h11v10h-11z M6.2 3v10 M9.8 3v10',
  group: 'M2.5 3.5h11 M5 8h8.5 M5 12.5h8.5 M2.5 8h.01 M2.5 12.5h.01',
  download: 'M8 2.5v7.5 M4.8 7 8 10.2 11.2 7 M2.5 13.3h11',
  log: 'M1.8 8.2h2.9l2-5 2.7 9.6 2-4.6h2.8',
  help: 'M5.9 6.1a2.1 2.1 0 1 1 3 1.9c-.6.3-.9.7-.9 1.5 M8 12.2h.01',
  light: 'M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6z M8 1.6v1 M8 13.4v1 M1.6 8h1 M13.4 8h1 M3.5 3.5l.7.7 M11.8 11.8l.7.7 M12.5 3.5l-.7.7 M4.2 11.8l-.7.7',
  dark: 'M13 9.6A5.4 5.4 0 0 1 6.4 3 5.4 5.4 0 1 0 13 9.6z',
  system: 'M2 3h12v8H2z M6 13.5h4',
  logout: 'M6.5 2.5h-4v11h4 M6 8h7.5 M10.6 5 13.5 8l-2.9 3',
  close: 'M4 4l8 8 M12 4l-8 8',
} as const;

/** A small drawing beside words, or in a button that is named otherwise. Nothing to hear. */
export function icon(name: keyof typeof PATHS): SVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
}
