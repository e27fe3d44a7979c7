import type { Histories } from '../../charts/histories.ts';
import type { SeriesName } from '../../charts/history.ts';
import { sinceWhen, usualOf } from '../../charts/summary.ts';
import type { Row } from '../../model/row.ts';
import { isLosing, isSlow, type LastDay } from './diagnosis.ts';

const LATENCY: SeriesName = { metric: 'latency' };
const DEVICES: SeriesName = { metric: 'devices' };
const LOSS: SeriesName = { metric: 'loss' };

/** What the last day of a node was like, read from its histories of that day, which are asked for as they are needed. */
export function lastDayOf(row: Row, histories: Histories): LastDay {
  const read = (series: SeriesName) => {
    histories.want(series);
    return histories.of(series) ?? undefined;
  };
  const latency = read(LATENCY);
  const devices = read(DEVICES);
  const usualLatency = latency && usualOf(latency);
  const losing = losingSeries(row);
  const loss = losing && read(losing);
  return {
    usualLatency,
    usualDevices: devices && usualOf(devices),
    losingSinceMs: loss && sinceWhen(loss, isLosing),
    slowSinceMs: latency && usualLatency !== undefined ? sinceWhen(latency, (value) => isSlow(value, usualLatency)) : undefined,
  };
}

/** The series in which the loss of now began: to Nester, or to the target that loses. */
function losingSeries({ loss, targets }: Row): SeriesName | undefined {
  if (isLosing(loss)) return LOSS;
  const target = targets.find((one) => isLosing(one.loss));
  return target && { metric: 'loss', target: target.name };
}
