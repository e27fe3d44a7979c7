import type uPlot from 'uplot';
import type { ChartData } from './chart-data.ts';
import { LOSS_STEPS, lossStep } from './loss-steps.ts';
import { lonelyIn } from './shape.ts';
import { faded, type Theme } from './theme.ts';

/** What is drawn on a chart beside its lines. All coordinates are those of the canvas. */

/** The line of averages, each part in the colour of its loss. */
export function paintByLoss(plot: uPlot, data: ChartData, theme: Theme): void {
  const { ctx } = plot;
  const [line = []] = data.lines;
  const paths = LOSS_STEPS.map(() => new Path2D());
  const ratio = devicePixelRatio;
  let before: { x: number; y: number } | undefined;
  let hasPart = false;
  for (const [at, value] of line.entries()) {
    if (value === undefined) continue;
    if (value === null) {
      if (before && !hasPart) dot(paths, before, 0, ratio);
      before = undefined;
      hasPart = false;
      continue;
    }
    const point = { x: plot.valToPos(data.t[at] ?? 0, 'x', true), y: plot.valToPos(value, 'y', true) };
    const step = lossStep(data.loss?.[at]);
    const path = paths[step];
    if (before && path) {
      path.moveTo(before.x, before.y);
      path.lineTo(point.x, point.y);
      hasPart = true;
    } else if (step > 0) {
      dot(paths, point, step, ratio);
    }
    before = point;
  }
  if (before && !hasPart) dot(paths, before, 0, ratio);
  inside(plot, () => {
    ctx.lineWidth = 1.75 * ratio;
    ctx.lineJoin = ctx.lineCap = 'round';
    for (const [step, path] of paths.entries()) {
      ctx.strokeStyle = theme.loss[step] ?? theme.ink;
      ctx.stroke(path);
    }
  });
}

function dot(paths: readonly Path2D[], { x, y }: { x: number; y: number }, step: number, ratio: number): void {
  paths[step]?.moveTo(x - ratio, y);
  paths[step]?.lineTo(x + ratio, y);
}

/** Values that stand alone, as dots. */
export function paintLonely(plot: uPlot, data: ChartData, colourOf: (line: number) => string): void {
  const { ctx } = plot;
  inside(plot, () => {
    for (const [line, column] of data.lines.entries()) {
      ctx.fillStyle = colourOf(line);
      for (const at of lonelyIn(column)) {
        ctx.beginPath();
        ctx.arc(plot.valToPos(data.t[at] ?? 0, 'x', true), plot.valToPos(column[at] ?? 0, 'y', true), 2.5 * devicePixelRatio, 0, 2 * Math.PI);
        ctx.fill();
      }
    }
  });
}

const HATCH_PX = 5;

/** Where reports came late: a hatched strip along the bottom, and a breath of the same colour above it. */
export function paintLate(plot: uPlot, { late }: ChartData, theme: Theme): void {
  if (late.length === 0) return;
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  const height = HATCH_PX * ratio;
  const bottom = bbox.top + bbox.height;
  inside(plot, () => {
    for (const { fromMs, toMs } of late) {
      const left = plot.valToPos(fromMs, 'x', true);
      const width = Math.max(plot.valToPos(toMs, 'x', true) - left, 2 * ratio);
      ctx.fillStyle = faded(theme.late, 0.09);
      ctx.fillRect(left, bbox.top, width, bbox.height);
      const strip = new Path2D();
      strip.rect(left, bottom - height, width, height);
      ctx.save();
      ctx.clip(strip);
      ctx.strokeStyle = theme.late;
      ctx.lineWidth = 1.5 * ratio;
      ctx.beginPath();
      for (let x = left - height; x < left + width; x += 4 * ratio) {
        ctx.moveTo(x, bottom);
        ctx.lineTo(x + height, bottom - height);
      }
      ctx.stroke();
      ctx.restore();
    }
  });
}

/** Peaks that are higher than what is shown: a small mark at the top edge, so that nobody takes the cut for the peak. */
export function paintPeaks(plot: uPlot, data: ChartData, theme: Theme): void {
  const { ctx, bbox } = plot;
  const top = plot.scales['y']?.max ?? Infinity;
  const columns = data.band ? [data.band.max] : data.lines;
  const ratio = devicePixelRatio;
  inside(plot, () => {
    ctx.fillStyle = theme.inkSoft;
    for (const column of columns) {
      for (const [at, value] of column.entries()) {
        if (value === null || value === undefined || value <= top) continue;
        const x = plot.valToPos(data.t[at] ?? 0, 'x', true);
        ctx.beginPath();
        ctx.moveTo(x, bbox.top);
        ctx.lineTo(x - 3 * ratio, bbox.top + 5 * ratio);
        ctx.lineTo(x + 3 * ratio, bbox.top + 5 * ratio);
        ctx.fill();
      }
    }
  });
}

/** Draws within the field of the chart only, and leaves no trace in how others draw. */
function inside({ ctx, bbox }: uPlot, draw: () => void): void {
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  draw();
  ctx.restore();
}
