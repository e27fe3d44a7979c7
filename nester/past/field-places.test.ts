import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeReport } from '../../protocol/report.ts';
import { serialiseReport } from '../store/stored-report.ts';
import { createFieldPlaces, FIELD } from './field-places.ts';
import { lengthOfArray } from './json-bytes.ts';

/** Texts that look like fields. */
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

const places = createFieldPlaces();

/** What stands in those places. */
function valuesIn(text: string): Record<string, unknown> {
  const json = Buffer.from(text);
  places.look(json);
  const found = Object.entries(FIELD).filter(([, field]) => places.from(field) !== 0);
  return Object.fromEntries(found.map(([name, field]) => [name, JSON.parse(json.subarray(places.from(field), places.to(field)).toString()) as unknown]));
}

describe('the places of the fields of a report', () => {
  it('are where reading all of it finds them, whatever the texts in it look like', () => {
    let checked = 0;
    fc.assert(
      fc.property(report, (input) => {
        const decoded = decodeReport(input, Infinity);
        if (!decoded.ok) return;
        const { json } = serialiseReport(decoded.value, input.timestamp, 1_795_334_400_123);
        const known = JSON.parse(json) as Record<string, unknown>;
        delete known['method'];

        expect(valuesIn(json)).toEqual(known);
        const hosts = places.from(FIELD.hosts);
        if (hosts !== 0) expect(lengthOfArray(Buffer.from(json), hosts)).toBe(decoded.value.hosts?.length);
        checked++;
      }),
      { numRuns: 2_000 },
    );
    expect(checked).toBeGreaterThan(500);
  });

  it('are found in any order, among fields of another version that look like them', () => {
    const json = '{"note":{"node":1},"labels":{"x":"y"},"lxss":[3],"node":"a","":0,"timestamp":"t","latency":3.4,"receivedAt":5}';

    expect(valuesIn(json)).toEqual({ labels: { x: 'y' }, node: 'a', timestamp: 't', latency: 3.4, receivedAt: 5 });
  });

  it('leave out what is cut off', () => {
    const text = '{"node":"a\\"","latency":3.4,"metrics":{"x":[1,{}]},"labels":{"x":"y"},"receivedAt":5}';
    const whole = valuesIn(text);
    for (let length = 0; length < text.length; length++) expect(whole).toMatchObject(valuesIn(text.slice(0, length)));
    expect(valuesIn(text.slice(0, 28))).toEqual({ node: 'a"', latency: 3.4 });
  });
});
