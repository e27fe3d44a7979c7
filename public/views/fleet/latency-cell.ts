import type { Row } from '../../model/row.ts';
import { SPARK_HEIGHT, SPARK_WIDTH, sparkPath } from '../../model/spark-path.ts';
import type { Sparkline } from '../../model/sparkline.ts';
import type { Words } from '../../text/words.ts';
import { element, liveText, markLong, setAttribute } from '../element.ts';
import type { Cell } from './columns.ts';

/** Characters of a figure there is always room for. */
const FITS = 10;
const SVG = 'http://www.w3.org/2000/svg';

/** The latency, and how it was in the last hour. */
export function createLatencyCell(
  sparklineOf: (node: string, nowMs: number) => Sparkline | undefined,
): (td: HTMLElement, words: Words) => Cell {
  return (td, { text, format }) => {
    const figure = liveText();
    const area = document.createElementNS(SVG, 'path');
    area.setAttribute('class', 'spark-area');
    const line = document.createElementNS(SVG, 'path');
    line.setAttribute('class', 'spark-line');
    const spark = document.createElementNS(SVG, 'svg');
    spark.setAttribute('class', 'spark');
    spark.setAttribute('viewBox', `0 0 ${SPARK_WIDTH} ${SPARK_HEIGHT}`);
    spark.setAttribute('preserveAspectRatio', 'none');
    spark.setAttribute('aria-hidden', 'true');
    spark.append(area, line);
    td.append(spark, element('span', 'figure', figure.node));
    let drawn: Sparkline | undefined;
    let edition = -1;

    function draw(sparkline: Sparkline | undefined, interval: number): void {
      if (sparkline === drawn && (sparkline?.edition ?? -1) === edition) return;
      drawn = sparkline;
      edition = sparkline?.edition ?? -1;
      const values = sparkline?.values ?? [];
      const path = sparkPath(values, Math.ceil((2 * interval * 1_000) / (sparkline?.stepMs ?? 1)));
      setAttribute(line, 'd', path.line);
      setAttribute(area, 'd', path.area);
    }

    return {
      show({ latency }: Row) {
        const changed = figure.write(latency === null ? '–' : format.milliseconds(latency));
        if (changed) {
          setAttribute(td, 'data-unknown', latency === null ? '' : null);
          markLong(td, figure.node.data, FITS);
        }
        return changed;
      },
      tick({ node, interval }, nowMs) {
        draw(sparklineOf(node, nowMs), interval);
      },
      hint({ latency }) {
        const measured = drawn?.values.filter((value) => value !== null) ?? [];
        if (measured.length === 0) return latency === null ? text.unknown : null;
        return text.lastHour(format.milliseconds(Math.min(...measured)), format.milliseconds(Math.max(...measured)));
      },
    };
  };
}
