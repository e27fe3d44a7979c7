import { FIELDS, partsOf, TARGET_FIELDS } from './series.ts';

/**
 * Which series a block has columns for, and where. Never changed: blocks with the same series
 * share one, so that ten thousand nodes that report alike have one between them.
 */
export interface Layout {
  /** Keys of the series. */
  readonly keys: readonly string[];
  /** By series: whether its values need double precision. */
  readonly wide: readonly boolean[];
  /** By series: number of its column among the narrow or the wide ones. */
  readonly column: readonly number[];
  readonly narrowColumns: number;
  readonly wideColumns: number;
  /** Number of the series of each of {@link FIELDS}, or -1. */
  readonly fields: readonly number[];
  readonly metrics: ReadonlyMap<string, number>;
  /** By target: numbers of the series of each of {@link TARGET_FIELDS}, or -1. */
  readonly targets: ReadonlyMap<string, readonly number[]>;
}

export interface Layouts {
  readonly empty: Layout;
  /** With these series besides; what is there already is not looked for. */
  with(layout: Layout, keys: readonly string[]): Layout;
  /** With double precision for one series. */
  widened(layout: Layout, series: number): Layout;
  /** Only the series for which `isKept` holds. */
  only(layout: Layout, isKept: (series: number) => boolean): Layout;
}

/** Where senders make up names without end, what was shared so far is let go. */
const SHARED_LIMIT = 4096;

export function createLayouts(): Layouts {
  const shared = new Map<string, Layout>();

  function find(keys: readonly string[], wide: readonly boolean[]): Layout {
    // Names hold no control characters.
    const name = keys.map((key, series) => (wide[series] ? `\n\n${key}` : `\n${key}`)).join('');
    const known = shared.get(name);
    if (known) return known;
    if (shared.size >= SHARED_LIMIT) shared.clear();
    const layout = createLayout(keys, wide);
    shared.set(name, layout);
    return layout;
  }

  return {
    empty: find([], []),
    with: ({ keys, wide }, more) => find([...keys, ...more], [...wide, ...more.map(() => false)]),
    widened: ({ keys, wide }, series) => find(keys, wide.map((isWide, at) => isWide || at === series)),
    only({ keys, wide }, isKept) {
      return find(keys.filter((_, series) => isKept(series)), wide.filter((_, series) => isKept(series)));
    },
  };
}

function createLayout(keys: readonly string[], wide: readonly boolean[]): Layout {
  const fields = FIELDS.map(() => -1);
  const metrics = new Map<string, number>();
  const targets = new Map<string, number[]>();
  const column: number[] = [];
  let narrowColumns = 0;
  let wideColumns = 0;
  for (const [series, key] of keys.entries()) {
    column.push(wide[series] ? wideColumns++ : narrowColumns++);
    const parts = partsOf(key);
    if (parts?.kind === 'field') fields[FIELDS.indexOf(parts.field)] = series;
    else if (parts?.kind === 'metric') metrics.set(parts.name, series);
    else if (parts) {
      const numbers = targets.get(parts.target) ?? TARGET_FIELDS.map(() => -1);
      numbers[TARGET_FIELDS.indexOf(parts.field)] = series;
      targets.set(parts.target, numbers);
    }
  }
  return { keys, wide, column, narrowColumns, wideColumns, fields, metrics, targets };
}
