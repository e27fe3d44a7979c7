/** The colours that charts are drawn with: those of the page's own style, as they are now. */
export interface Theme {
  ink: string;
  inkSoft: string;
  inkFaint: string;
  line: string;
  surface: string;
  late: string;
  /** By {@link import('./loss-steps.ts').LOSS_STEPS}. */
  loss: readonly string[];
  series: readonly string[];
  font: string;
}

export function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string): string => style.getPropertyValue(name).trim();
  return {
    ink: read('--ink'),
    inkSoft: read('--ink-soft'),
    inkFaint: read('--ink-faint'),
    line: read('--line'),
    surface: read('--surface'),
    late: read('--backfilled'),
    loss: [0, 1, 2, 3, 4, 5, 6].map((step) => read(`--loss-${step}`)),
    series: [1, 2, 3, 4, 5, 6].map((line) => read(`--series-${line}`)),
    font: style.fontFamily,
  };
}

/** Calls back whenever the colours may be others: the system's or the page's own choice, and paper. Returns how to stop. */
export function watchTheme(onChange: () => void): () => void {
  const queries = ['(prefers-color-scheme: dark)', 'print'].map((query) => matchMedia(query));
  const observer = new MutationObserver(onChange);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme', 'class', 'style'] });
  for (const query of queries) query.addEventListener('change', onChange);
  return () => {
    observer.disconnect();
    for (const query of queries) query.removeEventListener('change', onChange);
  };
}

/** A colour with so much of it left: `part` 0 to 1. */
export function faded(colour: string, part: number): string {
  return `color-mix(in srgb, ${colour} ${Math.round(part * 100)}%, transparent)`;
}
