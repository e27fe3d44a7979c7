import { aligned, allTimes } from './align.ts';
import type { History, SeriesName } from './history.ts';
import { bridged, type Drawn, gapsIn, lateStretches, patienceOf } from './shape.ts';
import { type Summary, summaryOf } from './summary.ts';
import type { Unit } from './units.ts';

/** What a chart shows. One line comes with its band from lowest to highest, several are averages only. */
export interface ChartSpec {
  /** What the chart is known by, unique on the page. */
  id: string;
  name: string;
  unit: Unit;
  lines: readonly { series: SeriesName; label: string }[];
  /** The loss that colours the line. */
  loss?: SeriesName;
  /** `percent`: 0 to 100. `fromZero`: to the highest. `free`: as the values are. */
  scale: 'percent' | 'loss' | 'fromZero' | 'free';
  size: 'large' | 'medium' | 'small';
}

/** What is to be drawn: columns over the same times. */
export interface ChartData {
  t: number[];
  /** Averages, by line. */
  lines: Drawn[][];
  /** Only with one line. */
  band: { min: Drawn[]; max: Drawn[] } | undefined;
  /** Percent by time; `undefined` where none is known. */
  loss: (number | null | undefined)[] | undefined;
  late: { fromMs: number; toMs: number }[];
  summaries: (Summary | undefined)[];
  gaps: number;
}

/** `historyOf` answers nothing for what is not here. `undefined`: there is no value to draw. */
export function chartDataOf(
  spec: Pick<ChartSpec, 'lines' | 'loss'>,
  historyOf: (series: SeriesName) => History | null | undefined,
  intervalMs: number,
): ChartData | undefined {
  const histories = spec.lines.map(({ series }) => historyOf(series) ?? undefined);
  const known = histories.filter((history) => history !== undefined);
  const summaries = histories.map((history) => history && summaryOf(history));
  if (summaries.every((summary) => summary === undefined)) return undefined;

  const t = allTimes(known.map((history) => history.t));
  const draw = (history: History | undefined, column: 'min' | 'avg' | 'max'): Drawn[] =>
    history ? aligned(t, history.t, bridged(history, history[column], patienceOf(history, intervalMs))) : t.map(() => null);
  const lines = histories.map((history) => draw(history, 'avg'));
  const [only] = histories;
  const loss = spec.loss && historyOf(spec.loss);
  return {
    t,
    lines,
    band: histories.length === 1 ? { min: draw(only, 'min'), max: draw(only, 'max') } : undefined,
    loss: loss ? aligned(t, loss.t, loss.avg) : undefined,
    late: longestLate(loss ? [...known, loss] : known, intervalMs),
    summaries,
    gaps: Math.max(...lines.map(gapsIn)),
  };
}

/** Series of one chart are of the same reports: where most came late tells for all. */
function longestLate(histories: readonly History[], intervalMs: number): { fromMs: number; toMs: number }[] {
  const lengthOf = (stretches: readonly { fromMs: number; toMs: number }[]): number =>
    stretches.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  return histories
    .map((history) => lateStretches(history, patienceOf(history, intervalMs)))
    .reduce((longest, stretches) => (lengthOf(stretches) > lengthOf(longest) ? stretches : longest));
}
