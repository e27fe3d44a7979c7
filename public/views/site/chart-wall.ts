import { chartListOf } from '../../charts/chart-list.ts';
import type { ChartSpec } from '../../charts/chart-data.ts';
import type { Histories } from '../../charts/histories.ts';
import type { SeriesName } from '../../charts/history.ts';
import type { createPlot } from '../../charts/plot.ts';
import { LOSS_STEPS } from '../../charts/loss-steps.ts';
import { readTheme, watchTheme } from '../../charts/theme.ts';
import type { SiteWords } from '../../text/site/site-words.ts';
import { element } from '../element.ts';
import { type ChartFigure, createChartFigure } from './chart-figure.ts';
import { createSlices } from './slices.ts';

/** All charts of a node. Each is made when it comes near the window. */
export interface ChartWall {
  readonly element: HTMLElement;
  /** Which series there are: makes and removes charts so that all are shown. */
  offer(series: readonly SeriesName[]): void;
  /** Has those charts drawn that have something else to show. */
  paint(intervalMs: number): void;
  /** Resolves when all is drawn. */
  settled(): Promise<void>;
  /** Asks for the values of all charts, wherever they are: for paper. */
  wantAll(): void;
  close(): void;
}

export interface ChartWallDeps {
  words: SiteWords;
  histories: Histories;
  onDraw: (fromMs: number, toMs: number) => void;
  onReset: () => void;
}

/** How far from the window a chart is made, so that it is there when one arrives. */
const NEAR = '300px';

/** Half of a frame at 60 Hz: the other half is for the browser. */
const SLICE_MS = 8;

export function createChartWall({ words, histories, onDraw, onReset }: ChartWallDeps): ChartWall {
  const { site } = words;
  let theme = readTheme();
  /** By name; `painted`: what is drawn of it, or about to be. */
  const figures = new Map<string, { key: string; figure: ChartFigure; painted: string }>();
  const known = element('div', 'charts');
  const own = element('div', 'charts');
  const ownSection = element('section', 'own-charts', element('h4', 'charts-more', site.charts.more), own);
  ownSection.hidden = true;

  const near = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        thereOf(target)?.figure.setNear(true);
        near.unobserve(target);
      }
      paint();
    },
    { rootMargin: NEAR },
  );
  const size = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const there = thereOf(target.closest('.chart'));
      if (there?.figure.resize() === false) there.painted = '';
    }
    paint();
  });
  const stopWatching = watchTheme(() => {
    theme = readTheme();
    for (const { figure } of figures.values()) figure.restyle();
  });
  let intervalMs = 60_000;
  let plots: typeof createPlot | undefined;
  let loading: Promise<void> | undefined;
  /** Those that know what to draw: the two steps of a chart are long enough for a slice each. */
  const taken = new Set<ChartFigure>();
  const drawing = createSlices<ChartFigure>({
    run(figure) {
      if (taken.delete(figure)) {
        if (plots) figure.draw(plots);
        return;
      }
      figure.take(intervalMs);
      taken.add(figure);
      drawing.add(figure);
    },
    sliceMs: SLICE_MS,
    now: () => performance.now(),
    later: (callback) => setTimeout(callback),
  });

  /** What draws is fetched when there is something to draw: the page is there before. */
  function load(): Promise<void> {
    loading ??= import('../../charts/plot.ts').then(
      ({ createPlot: loaded }) => {
        plots = loaded;
        paint();
      },
      // Without a connection; tried again with the next values.
      () => (loading = undefined),
    );
    return loading;
  }

  function thereOf(target: Element | null) {
    return target instanceof HTMLElement ? figures.get(target.dataset['chart'] ?? '') : undefined;
  }

  function paint(): void {
    for (const there of figures.values()) {
      const edition = there.figure.edition();
      if (edition === 0) continue;
      if (!plots) {
        void load();
        return;
      }
      const painted = `${edition} ${intervalMs}`;
      if (there.painted === painted) continue;
      there.painted = painted;
      // What was taken before is old by now.
      taken.delete(there.figure);
      drawing.add(there.figure);
    }
  }

  function place(room: HTMLElement, specs: readonly ChartSpec[]): void {
    specs.forEach((spec, at) => {
      const key = JSON.stringify(spec);
      const there = figures.get(spec.id);
      if (there?.key === key) {
        if (room.children[at] !== there.figure.element) room.insertBefore(there.figure.element, room.children[at] ?? null);
        return;
      }
      remove(spec.id);
      const figure = createChartFigure({ spec, words, histories, theme: () => theme, onDraw, onReset });
      figures.set(spec.id, { key, figure, painted: '' });
      room.insertBefore(figure.element, room.children[at] ?? null);
      near.observe(figure.element);
      size.observe(figure.field);
    });
  }

  function end(figure: ChartFigure): void {
    drawing.drop(figure);
    taken.delete(figure);
    figure.close();
  }

  function remove(id: string): void {
    const there = figures.get(id);
    if (!there) return;
    near.unobserve(there.figure.element);
    size.unobserve(there.figure.field);
    end(there.figure);
    there.figure.element.remove();
    figures.delete(id);
  }

  return {
    element: element('div', 'chart-wall', createLegend(words), known, ownSection),
    offer(series) {
      const list = chartListOf(series, site.charts);
      const stay = new Set([...list.known, ...list.own].map(({ id }) => id));
      for (const id of [...figures.keys()]) if (!stay.has(id)) remove(id);
      place(known, list.known);
      place(own, list.own);
      ownSection.hidden = list.own.length === 0;
    },
    paint(nextIntervalMs) {
      intervalMs = nextIntervalMs;
      paint();
    },
    async settled() {
      await load();
      await drawing.settled();
    },
    wantAll() {
      for (const { figure } of figures.values()) figure.setNear(true);
    },
    close() {
      stopWatching();
      near.disconnect();
      size.disconnect();
      for (const { figure } of figures.values()) end(figure);
    },
  };
}

/** What colours and hatching mean: said once for all charts. */
function createLegend({ site, units }: SiteWords): HTMLElement {
  const steps = LOSS_STEPS.map((limit, step) => {
    const isExact = limit === 0 || limit === 100;
    const swatch = element('i', 'swatch');
    swatch.dataset['loss'] = String(step);
    return element('span', 'legend-step', swatch, `${isExact ? '' : limit > 99 ? '< ' : '≤ '}${units.percent(limit)}`);
  });
  const late = element('span', 'legend-step', element('i', 'swatch backfilled'), site.charts.late);
  const band = element('span', 'legend-step', element('i', 'swatch band'), site.charts.band);
  return element('div', 'chart-legend', element('span', 'legend-loss', element('b', '', site.charts.lossSteps), ...steps), band, late);
}
