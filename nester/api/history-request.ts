import { type Decoded, refused } from '../../protocol/decoded.ts';
import { METRIC_NAME } from '../../protocol/metric-name.ts';
import { readInteger } from '../../protocol/settings.ts';
import type { SeriesName } from '../history/series.ts';
import { createParameterReader, readName, readTime } from './parameters.ts';

/** What `GET /api/nodes/:node/history` was asked. */
export interface HistoryRequest {
  series: SeriesName;
  fromMs: number;
  toMs: number;
  points: number;
}

/** What `GET /api/sparklines` was asked. */
export interface SparklinesRequest {
  metric: string;
  nodes: string[];
  minutes: number;
  points: number;
}

const DEFAULT_RANGE_MS = 24 * 3_600_000;
const POINTS = { most: 2_000, fallback: 500 };
const SPARKLINES = { nodes: 100, minutes: { most: 10_080, fallback: 60 }, points: { most: 500, fallback: 60 } };
const TARGET_METRICS = ['latency', 'loss', 'jitter'];

export function decodeHistoryRequest(parameters: URLSearchParams, nowMs: number): Decoded<HistoryRequest> {
  const { read, refuse, errors } = createParameterReader(parameters);
  const metric = read('metric', readMetric) ?? 'latency';
  const target = read('target', readName);
  const toMs = read('to', readTime) ?? nowMs;
  const fromMs = read('from', readTime) ?? Math.max(0, toMs - DEFAULT_RANGE_MS);
  const points = read('points', readInteger(1, POINTS.most)) ?? POINTS.fallback;
  if (target !== undefined && !TARGET_METRICS.includes(metric)) {
    refuse('metric', `expected ${TARGET_METRICS.join(', ')} of a target, got ${JSON.stringify(metric.slice(0, 80))}`);
  }
  if (fromMs > toMs && errors.length === 0) refuse('from', 'expected a time before to');
  if (errors.length > 0) return { ok: false, errors };
  return { ok: true, value: { series: target === undefined ? { metric } : { metric, target }, fromMs, toMs, points } };
}

export function decodeSparklinesRequest(parameters: URLSearchParams): Decoded<SparklinesRequest> {
  const { read, refuse, errors } = createParameterReader(parameters);
  const metric = read('metric', readMetric) ?? 'latency';
  const minutes = read('minutes', readInteger(1, SPARKLINES.minutes.most)) ?? SPARKLINES.minutes.fallback;
  const points = read('points', readInteger(1, SPARKLINES.points.most)) ?? SPARKLINES.points.fallback;
  const nodes = [...new Set(parameters.getAll('node'))];
  if (nodes.length === 0 || nodes.length > SPARKLINES.nodes) refuse('node', `expected 1 to ${SPARKLINES.nodes} nodes, got ${nodes.length}`);
  if (errors.length > 0) return { ok: false, errors };
  return { ok: true, value: { metric, nodes, minutes, points } };
}

/** A field, or the name of a metric with `metrics.` before it or without. */
function readMetric(text: string): Decoded<string> {
  if (METRIC_NAME.test(text) || (text.startsWith('metrics.') && METRIC_NAME.test(text.slice('metrics.'.length)))) return { ok: true, value: text };
  return refused(`expected latency, loss, jitter, devices or the name of a metric, got ${JSON.stringify(text.slice(0, 80))}`);
}
