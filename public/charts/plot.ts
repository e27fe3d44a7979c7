import uPlot from 'uplot';
import type { ChartData, ChartSpec } from './chart-data.ts';
import { paintByLoss, paintLate, paintLonely, paintPeaks } from './paint.ts';
import { valueRange } from './scale.ts';
import type { Window } from './span.ts';
import { faded, type Theme } from './theme.ts';
import type { TimeLabels } from './time-labels.ts';
import type { Write } from './units.ts';

/** A drawn chart: a canvas, and a cursor that all charts of the page share. */
export interface Plot {
  show(data: ChartData, window: Window): void;
  /** Draws again in the colours of now. */
  restyle(): void;
  resize(widthPx: number, heightPx: number): void;
  /** Moves the cursor of all charts to a bucket; `null` takes it away. */
  point(index: number | null): void;
  close(): void;
}

export interface PlotDeps {
  spec: ChartSpec;
  write: Write;
  timeLabels: TimeLabels;
  theme: () => Theme;
  /** Charts of one name share their cursor. */
  cursor: string;
  /** The cursor is at this bucket, by line; `null`: away. */
  onCursor: (index: number | null, indices: readonly (number | null)[], leftPx: number) => void;
  /** Someone drew a stretch to look at. */
  onDraw: (fromMs: number, toMs: number) => void;
  onReset: () => void;
}

const AXIS_PX = { small: 52, medium: 52, large: 60 };
/** Room at the right, and what half of a time's label needs of it. */
const EDGE_PX = 10;
const LABEL_PX = 48;
/** Drawn stretches shorter than this were a click with an unsteady hand. */
const LEAST_DRAG_PX = 6;
const DASHES = [undefined, [7, 3], [2, 3], [9, 3, 2, 3], [4, 4], [12, 4]];

/** Draws into `target`, which must have a size. */
export function createPlot(target: HTMLElement, first: ChartData, firstWindow: Window, deps: PlotDeps): Plot {
  const { spec, write, timeLabels, theme, cursor, onCursor, onDraw, onReset } = deps;
  let data = first;
  let window = firstWindow;
  const isBand = spec.lines.length === 1;
  const font = (): string => `11px ${theme().font}`;
  const colourOf = (line: number): string => theme().series[line % theme().series.length] ?? theme().ink;

  function series(): uPlot.Series[] {
    const quiet = { scale: 'y', points: { show: false }, width: 0, stroke: 'transparent' } as const;
    // A line by loss is drawn apart: its parts have colours of their own.
    const line = (at: number): uPlot.Series => ({
      scale: 'y',
      width: 1.5,
      stroke: () => colourOf(at),
      points: { show: false },
      ...(DASHES[at % DASHES.length] ? { dash: DASHES[at % DASHES.length] ?? [] } : {}),
      ...(spec.loss ? { paths: () => null } : {}),
    });
    if (isBand) return [{}, quiet, quiet, line(0)];
    return [{}, ...spec.lines.map((_line, at) => line(at))];
  }

  function columns(): uPlot.AlignedData {
    const { t, lines, band } = data;
    return band ? [t, band.max, band.min, ...lines] : [t, ...lines];
  }

  const axis = { stroke: () => theme().inkFaint, font: font(), ticks: { show: false }, grid: { stroke: () => theme().line, width: 1 } };
  const plot = new uPlot(
    {
      width: Math.max(target.clientWidth, 80),
      height: Math.max(target.clientHeight, 60),
      ms: 1,
      series: series(),
      ...(isBand ? { bands: [{ series: [1, 2] as [number, number], fill: () => faded(spec.loss ? theme().inkSoft : colourOf(0), 0.22) }] } : {}),
      scales: {
        x: { time: true, range: () => [window.fromMs, window.toMs] },
        y: { range: () => valueRange(data, spec.scale) },
      },
      axes: [
        { ...axis, size: 42, gap: 7, space: 64, values: (drawn, splits, _axis, _space, step) => timeLabels(splits, step).map((label, at) => (isWhole(drawn, splits[at]) ? label : '')) },
        { ...axis, size: AXIS_PX[spec.size], gap: 6, space: spec.size === 'large' ? 34 : 26, values: (_plot, splits) => splits.map((value) => write(value)) },
      ],
      padding: [8, EDGE_PX, 0, 0],
      legend: { show: false },
      select: { show: true, left: 0, top: 0, width: 0, height: 0 },
      cursor: {
        y: false,
        drag: { x: true, y: false, setScale: false, dist: LEAST_DRAG_PX },
        points: { size: 7, width: 2, stroke: (_plot, at) => (isEdge(at) ? 'transparent' : theme().surface), fill: (_plot, at) => pointColour(at) },
        bind: {
          dblclick: () => () => {
            onReset();
            return null;
          },
        },
        sync: {
          key: cursor,
          scales: ['x', null],
          setSeries: false,
          // The cursor is shared; what is drawn to zoom is one chart's.
          filters: { pub: (type) => type === 'mousemove' || type === 'mouseleave', sub: () => true },
        },
      },
      hooks: {
        drawAxes: [(drawn) => paintLate(drawn, data, theme())],
        draw: [
          (drawn) => {
            if (spec.loss) paintByLoss(drawn, data, theme());
            else paintLonely(drawn, data, colourOf);
            paintPeaks(drawn, data, theme());
          },
        ],
        setCursor: [
          (drawn) => {
            const { idx, idxs, left } = drawn.cursor;
            const ofLines = (idxs ?? []).slice(isBand ? 3 : 1);
            onCursor(idx ?? null, ofLines, drawn.over.offsetLeft + (left ?? 0));
          },
        ],
        setSelect: [
          (drawn) => {
            const { left, width } = drawn.select;
            if (width < LEAST_DRAG_PX) return;
            drawn.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            onDraw(drawn.posToVal(left, 'x'), drawn.posToVal(left + width, 'x'));
          },
        ],
      },
    },
    columns(),
    target,
  );

  /** Whether there is room for a label: at the right edge it would be cut. */
  function isWhole(drawn: uPlot, atMs: number | undefined): boolean {
    if (atMs === undefined) return true;
    const part = (window.toMs - atMs) / (window.toMs - window.fromMs);
    return part * (drawn.width - AXIS_PX[spec.size] - EDGE_PX) + EDGE_PX >= LABEL_PX / 2;
  }

  /** Of the point that the cursor puts on a series; those of a band's edges are not shown. */
  function pointColour(at: number): string {
    if (isEdge(at)) return 'transparent';
    return spec.loss ? theme().ink : colourOf(isBand ? 0 : at - 1);
  }

  /** Of the band: its lines are there, and not seen. */
  function isEdge(at: number): boolean {
    return isBand && at < 3;
  }

  return {
    show(next, nextWindow) {
      data = next;
      window = nextWindow;
      plot.setData(columns());
    },
    restyle: () => plot.redraw(false),
    resize: (width, height) => plot.setSize({ width, height }),
    point(index) {
      // As the mouse would: only so do the other charts follow.
      const at = index === null ? undefined : data.t[index];
      if (at === undefined) {
        plot.over.dispatchEvent(new MouseEvent('mouseleave'));
        return;
      }
      const { left, top } = plot.over.getBoundingClientRect();
      const x = Math.min(Math.max(plot.valToPos(at, 'x'), 0), plot.over.clientWidth - 1);
      const place = { clientX: left + x, clientY: top + plot.over.clientHeight / 2 };
      plot.over.dispatchEvent(new MouseEvent('mouseenter', place));
      plot.over.dispatchEvent(new MouseEvent('mousemove', place));
    },
    close: () => plot.destroy(),
  };
}
