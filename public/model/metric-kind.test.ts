import { expect, it } from 'vitest';
import { metricKind } from './metric-kind.ts';

it.each([
  ['cpu', 'percent'],
  ['disk:/home', 'percent'],
  ['load15', 'load'],
  ['temperature', 'temperature'],
  ['rx', 'rate'],
  ['uptime', 'duration'],
  ['battery', 'number'],
  ['constructor', 'number'],
  ['cpus', 'number'],
])('takes %s for a %s', (name, kind) => {
  expect(metricKind(name)).toBe(kind);
});
