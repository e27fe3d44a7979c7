import { type ChartData, chartDataOf, type ChartSpec } from '../../charts/chart-data.ts';
import type { Histories } from '../../charts/histories.ts';
import type { createPlot, Plot } from '../../charts/plot.ts';
import type { Theme } from '../../charts/theme.ts';
import type { SiteWords } from '../../text/site/site-words.ts';
import { element, liveText, setAttribute } from '../element.ts';

/** One chart with its name, the values at the cursor, and its figures in words for those who do not see it. */
export interface ChartFigure {
  readonly element: HTMLElement;
  /** What the chart is drawn in, and fills. */
  readonly field: HTMLElement;
  /** Whether it is near enough to be seen: only then it asks for its values. */
  setNear(isNear: boolean): void;
  /** Another number whenever there is something else to be shown; 0: nothing yet. */
  edition(): number;
  /** Takes what there is now, and says it in words. To be drawn afterwards. */
  take(intervalMs: number): void;
  draw(create: typeof createPlot): void;
  restyle(): void;
  /** Follows the size of its field. `false`: there was no room to draw in until now, and it is to be painted again. */
  resize(): boolean;
  close(): void;
}

export interface ChartFigureDeps {
  spec: ChartSpec;
  words: SiteWords;
  histories: Histories;
  theme: () => Theme;
  onDraw: (fromMs: number, toMs: number) => void;
  onReset: () => void;
}

/** All charts of the page share one. */
const CURSOR = 'site';

export function createChartFigure({ spec, words, histories, theme, onDraw, onReset }: ChartFigureDeps): ChartFigure {
  const { site, units, format } = words;
  const write = units[spec.unit];
  const wanted = [...spec.lines.map(({ series }) => series), ...(spec.loss ? [spec.loss] : [])];
  const summary = liveText();
  const note = liveText();
  const when = liveText();
  const values = element('span', 'readout');
  const noteLine = element('p', 'chart-note', note.node);
  const time = element('time', 'cursor-time', when.node);
  const field = element('div', 'plot', time);
  field.tabIndex = 0;
  field.setAttribute('role', 'slider');
  field.setAttribute('aria-orientation', 'horizontal');
  setAttribute(field, 'aria-label', `${spec.name}. ${site.charts.keys}`);
  field.hidden = true;
  note.write(site.charts.loading);
  const title = element('h4', 'chart-name', spec.name);
  const figure = element(
    'figure',
    'chart',
    element('figcaption', 'chart-head', title, values),
    element('p', 'unseen chart-summary', summary.node),
    field,
    noteLine,
  );
  figure.dataset['size'] = spec.size;
  figure.dataset['chart'] = spec.id;

  const readouts = spec.lines.map(({ label }, at) => {
    const value = liveText();
    const mark = element('i', 'swatch');
    mark.dataset['line'] = String(spec.loss || spec.lines.length === 1 ? 0 : at + 1);
    const part = element('span', 'readout-line', ...(spec.lines.length > 1 ? [mark, element('span', 'readout-name', label)] : []), element('b', '', value.node));
    return { part, value };
  });
  values.append(...readouts.map(({ part }) => part));

  let plot: Plot | undefined;
  let data: ChartData | undefined;
  let isNear = false;
  let index: number | null = null;

  function read(at: number | null, indices: readonly (number | null)[], leftPx = 0): void {
    index = at;
    const ms = at === null ? undefined : data?.t[at];
    when.write(ms === undefined ? '' : isFine() ? format.clock(ms, Date.now()) : format.minute(ms, Date.now()));
    setAttribute(figure, 'data-pointed', ms === undefined ? null : '');
    time.hidden = ms === undefined;
    if (ms !== undefined) placeTime(leftPx);
    readouts.forEach(({ value }, line) => value.write(ms === undefined ? resting(line) : pointed(line, indices[line] ?? at)));
    setAttribute(field, 'aria-valuenow', String(at ?? (data?.t.length ?? 1) - 1));
    setAttribute(field, 'aria-valuetext', spoken(ms));
  }

  /** Whether buckets are shorter than a minute. */
  function isFine(): boolean {
    const [first = 0, second = 0] = data?.t ?? [];
    return second - first < 60_000;
  }

  /** Below the cursor, over the axis, and always in full. */
  function placeTime(leftPx: number): void {
    const half = time.offsetWidth / 2;
    time.style.left = `${Math.min(Math.max(leftPx - half, 0), Math.max(field.clientWidth - 2 * half, 0))}px`;
  }

  /** Without a cursor: the figures of the whole stretch, or the newest where there are several lines. */
  function resting(line: number): string {
    const known = data?.summaries[line];
    if (!known) return '–';
    if (spec.lines.length > 1) return write(known.latest);
    const { min, avg, max } = site.charts;
    return `${min} ${write(known.min)} · ${avg} ${write(known.avg)} · ${max} ${write(known.max)}`;
  }

  function pointed(line: number, at: number | null): string {
    const value = at === null ? undefined : data?.lines[line]?.[at];
    if (at === null || value === null || value === undefined) return site.charts.gap;
    const low = data?.band?.min[at];
    const high = data?.band?.max[at];
    const range = typeof low === 'number' && typeof high === 'number' && low !== high ? ` (${write(low)} – ${write(high)})` : '';
    const loss = data?.loss?.[at];
    return `${write(value)}${range}${typeof loss === 'number' && loss > 0 ? ` · ${site.charts.lossSteps} ${units.percent(loss)}` : ''}`;
  }

  function spoken(ms: number | undefined): string {
    if (ms === undefined) return summary.node.data;
    const lines = readouts.map(({ value }, line) => `${spec.lines.length > 1 ? `${spec.lines[line]?.label ?? ''} ` : ''}${value.node.data}`);
    return `${format.instant(ms)}: ${lines.join(', ')}`;
  }

  function summarise(): string {
    if (!data) return '';
    const { charts } = site;
    const parts = data.summaries.flatMap((known, line) => {
      const name = spec.lines.length > 1 ? `${spec.name}, ${spec.lines[line]?.label ?? ''}` : spec.name;
      return known ? [charts.summary(name, write(known.min), write(known.avg), write(known.max), write(known.latest))] : [];
    });
    if (data.gaps > 0) parts.push(charts.gaps(data.gaps, format.count(data.gaps)));
    if (data.late.length > 0) parts.push(charts.lateCount(data.late.length, format.count(data.late.length)));
    return parts.join(' ');
  }

  function keydown(event: KeyboardEvent): void {
    if (!plot || !data || event.ctrlKey || event.metaKey || event.altKey) return;
    const last = data.t.length - 1;
    const at = index ?? last;
    const far = event.shiftKey ? 10 : 1;
    const moves: Record<string, number> = { ArrowLeft: at - far, ArrowRight: at + far, Home: 0, End: last };
    const move = moves[event.key];
    if (move !== undefined) {
      plot.point(Math.min(Math.max(move, 0), last));
    } else if (event.key === 'Enter') {
      const { fromMs, toMs } = histories.window();
      const middleMs = data.t[at] ?? toMs;
      onDraw(middleMs - (toMs - fromMs) / 8, middleMs + (toMs - fromMs) / 8);
    } else if (event.key === 'Escape' && index !== null) {
      plot.point(null);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }
  field.addEventListener('keydown', keydown);
  field.addEventListener('blur', () => plot?.point(null));

  function noteOf(): string {
    if (data) return '';
    const answers = spec.lines.map(({ series }) => histories.of(series));
    return answers.some((answer) => answer === undefined) ? site.charts.loading : site.charts.none;
  }

  function draw(create: typeof createPlot): void {
    if (!data) {
      plot?.close();
      plot = undefined;
    } else if (plot) {
      plot.show(data, histories.window());
    } else if (field.clientWidth > 0) {
      plot = create(field, data, histories.window(), {
        spec,
        write,
        timeLabels: words.timeLabels,
        theme,
        cursor: CURSOR,
        onCursor: read,
        onDraw,
        onReset,
      });
    }
  }

  return {
    element: figure,
    field,
    setNear(next) {
      isNear = isNear || next;
      if (!isNear) return;
      for (const series of wanted) histories.want(series);
    },
    edition: () => (isNear ? wanted.reduce((sum, series) => sum + histories.editionOf(series), 1) : 0),
    take(intervalMs) {
      data = chartDataOf(spec, (series) => histories.of(series), intervalMs);
      note.write(noteOf());
      noteLine.hidden = note.node.data === '';
      field.hidden = !data;
      summary.write(summarise());
      setAttribute(field, 'aria-valuemin', '0');
      setAttribute(field, 'aria-valuemax', String(Math.max((data?.t.length ?? 1) - 1, 0)));
      if (index === null) read(null, []);
    },
    draw,
    restyle: () => plot?.restyle(),
    resize() {
      if (field.clientWidth === 0) return true;
      plot?.resize(field.clientWidth, field.clientHeight);
      return plot !== undefined || data === undefined;
    },
    close: () => plot?.close(),
  };
}
