import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeReport, type StoredReport } from '../../protocol/report.ts';
import { devicesOf, reportParts } from './report-parts.ts';
import { serialiseReport } from './stored-report.ts';

/** Texts that look like what the parts are found by. */
const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom(',"agent":{', '],"labels":{"', '"', '\\', '\\"', ',"receivedAt":5}', ',"hosts":[{"', '😀', '{}', ','),
);
const name = text.map((some) => some.replace(/\p{Cc}|\p{Cs}/gu, '') || 'x').map((some) => (some.trim() === '' ? 'x' : some));
const metric = fc.constantFrom('cpu', 'hosts', 'labels', 'agent', 'receivedAt', 'a:b');
const report = fc.record(
  {
    node: name,
    timestamp: fc.integer({ min: 0, max: 1_900_000_000_000 }),
    ip: fc.constantFrom(null, '10.0.0.1', '::1'),
    devices: fc.option(fc.nat(300)),
    latency: fc.option(fc.double({ min: 0, max: 1e9, noNaN: true })),
    loss: fc.option(fc.integer({ min: 0, max: 100 })),
    method: fc.constantFrom('icmp', 'tcp'),
    jitter: fc.double({ min: 0, max: 1e-9, noNaN: true }),
    interval: fc.oneof(fc.integer({ min: 1, max: 604_800 }), fc.double({ min: 1, max: 604_800, noNaN: true })),
    metrics: fc.dictionary(metric, fc.double({ noNaN: true, noDefaultInfinity: true })),
    targets: fc.array(fc.record({ name, latency: fc.option(fc.nat()) }, { requiredKeys: ['name'] }), { maxLength: 3 }),
    hosts: fc.array(fc.record({ ip: fc.constant('10.0.0.9'), name, vendor: name, ports: fc.array(fc.integer({ min: 1, max: 99 }), { maxLength: 3 }) }, { requiredKeys: ['ip'] }), { maxLength: 4 }),
    labels: fc.dictionary(fc.oneof(name, fc.constantFrom('agent', 'hosts', 'metrics', 'receivedAt', '1')), name, { maxKeys: 5 }),
    agent: fc.record({ version: name, mode: fc.constant('agent'), hostname: name, pausedWhy: name }, { requiredKeys: ['version', 'mode'] }),
  },
  { requiredKeys: ['node', 'timestamp'] },
);

describe('the parts of a report', () => {
  it('are what reading all of it finds, whatever the texts in it look like', () => {
    let checked = 0;
    fc.assert(
      fc.property(report, (input) => {
        const decoded = decodeReport(input, Infinity);
        if (!decoded.ok) return;
        const { json } = serialiseReport(decoded.value, input.timestamp, 1_795_334_400_123);
        const { node, timestamp, receivedAt, interval, ip, devices, latency, loss, jitter, metrics, targets, hosts, labels, agent } = JSON.parse(json) as StoredReport;
        const texts = { ip, devices, latency, loss, jitter, metrics, targets, hosts, labels, agent };
        const asJson = Object.entries(texts).map(([name, value]) => [name, value === undefined ? undefined : JSON.stringify(value)]);

        const parts = reportParts(json);

        expect(parts).toEqual({ node, timestamp, receivedAt, interval, ...Object.fromEntries(asJson) });
        expect(devicesOf(parts)).toBe(JSON.stringify(devices === undefined ? (hosts?.length ?? null) : devices));
        checked++;
      }),
      { numRuns: 2_000 },
    );
    expect(checked).toBeGreaterThan(500);
  });

  it('are the same of a report whose fields stand in another order', () => {
    const before = '{"node":"a","timestamp":"2026-11-22T08:00:00.000Z","latency":3.4,"labels":{"x":"y"},"receivedAt":5}';
    const after = '{"node":"a","timestamp":"2026-11-22T08:00:00.000Z","new":[1],"labels":{"x":"y"},"latency":3.4,"receivedAt":5}';

    expect(reportParts(after)).toEqual(reportParts(before));
  });
});
