import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainReport } from './plain-report.ts';
import { decodeBySchema } from './report.ts';

/** As it came over a wire: text, and back. */
function received(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function everythingPlain() {
  return {
    agent: { kept: 3, dropped: 0, boot: 1_795_000_000_000, hostname: 'pi', os: 'Linux 6.1', mode: 'agent', version: '0.1.0' },
    labels: { city: 'Lyon', '': undefined },
    targets: [{ method: 'tcp', jitter: 0.1, name: 'gateway', latency: null, loss: 100 }],
    metrics: { cpu: 12.5, 'disk:/': 71, _x: -1e300 },
    interval: 60,
    method: 'icmp',
    jitter: 0.3,
    loss: 0,
    latency: 3.4,
    devices: 12,
    ip: '10.0.0.7',
    timestamp: '2026-11-22T08:00:00.000Z',
    node: 'lyon-01',
  };
}

describe('a report that is plainly in order', () => {
  it('is taken with every field, in the order of the schema', () => {
    const input = received(everythingPlain());

    const plain = plainReport(input);

    expect(JSON.stringify(plain)).toBe(JSON.stringify(decoded(input)));
    expect(Object.keys(plain ?? {})).toHaveLength(13);
  });

  it.each([
    ['a field of no schema', { node: 'a', more: 1 }],
    ['a name to be trimmed', { node: ' a' }],
    ['a name that is not ASCII', { node: 'Évreux' }],
    ['no name', { latency: 1 }],
    ['a time to be rewritten', { node: 'a', timestamp: '2026-11-22T08:00:00Z' }],
    ['an IPv6 address', { node: 'a', ip: '::1' }],
    ['hosts', { node: 'a', hosts: [] }],
    ['a field of no target', { node: 'a', targets: [{ name: 'b', ttl: 3 }] }],
    ['a method that is none', { node: 'a', method: 'udp' }],
    ['a target without a name', { node: 'a', targets: [{ latency: 3 }] }],
    ['a field of no agent', { node: 'a', agent: { version: '1', mode: 'once', more: 1 } }],
    ['an agent without a mode', { node: 'a', agent: { version: '1' } }],
    ['a list', [{ node: 'a' }]],
    ['nothing', null],
  ])('is not one with %s: the schema decides', (_, input) => {
    expect(plainReport(received(input))).toBeUndefined();
  });

  it('is not one with a prototype among its names', () => {
    for (const field of ['metrics', 'labels']) {
      expect(plainReport(JSON.parse(`{"node":"a","${field}":{"__proto__":1}}`))).toBeUndefined();
      expect(plainReport(JSON.parse(`{"node":"a","${field}":{"__proto__":"x"}}`))).toBeUndefined();
    }
  });

  it('is not one with a number beyond all numbers', () => {
    for (const field of ['latency', 'devices', 'interval']) {
      expect(plainReport(JSON.parse(`{"node":"a","${field}":1e999}`))).toBeUndefined();
    }
    expect(plainReport(JSON.parse('{"node":"a","metrics":{"cpu":-1e999}}'))).toBeUndefined();
  });

  it('is what the schema makes of it, byte for byte, whatever was sent', () => {
    let taken = 0;
    fc.assert(
      fc.property(report, (sent) => {
        const input = received(sent);
        const plain = plainReport(input);
        if (plain === undefined) return;
        taken++;
        expect(JSON.stringify(plain)).toBe(JSON.stringify(decoded(input)));
      }),
      { numRuns: 20_000 },
    );
    // So that it says something.
    expect(taken).toBeGreaterThan(1_500);
  });
});

/** What the schema makes of it. Throws when it refuses. */
function decoded(input: unknown): unknown {
  const verdict = decodeBySchema(input);
  if (!verdict.ok) throw new Error(`the schema refuses ${JSON.stringify(input)}: ${JSON.stringify(verdict.errors)}`);
  return verdict.value;
}

/** Mostly right, and wrong in every way that is near to it. */
function mostly<T, U>(right: fc.Arbitrary<T>, wrong: fc.Arbitrary<U>): fc.Arbitrary<T | U> {
  return fc.oneof({ arbitrary: right, weight: 60 }, { arbitrary: wrong, weight: 1 });
}

const strange = fc.constantFrom<unknown>(null, '', ' ', '1', 0, -1, 1.5, true, [], {}, '\u0000', 'é', '\ud800', 2 ** 53, 'x'.repeat(101), 'x'.repeat(256));
const text = fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom('a', 'a b', ' a', 'a ', 'x'.repeat(100)));
const number = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.nat(200), fc.constantFrom(0, -0, 100, 100.5, 604_800, 0.5));
const count = fc.oneof(fc.nat(), fc.constantFrom(2 ** 53, 253_402_300_799_999, 253_402_300_800_000));
const time = fc.oneof(
  count,
  fc.date({ noInvalidDate: true, min: new Date(-1), max: new Date(253_402_300_900_000) }).map((date) => date.toISOString()),
  fc.constantFrom('2026-02-29T00:00:00.000Z', '2026-11-22T08:00:00Z', '2026-11-22T24:00:00.000Z'),
);
const ip = fc.oneof(fc.ipV4(), fc.constantFrom('256.1.1.1', '01.1.1.1', '1.1.1', '1.1.1.1 '));
const maybeNull = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { freq: 5 });
const few = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
const measured = { latency: few(mostly(maybeNull(number.map(Math.abs)), number)), loss: few(mostly(maybeNull(fc.nat(100)), number)), jitter: few(mostly(maybeNull(number.map(Math.abs)), strange)), method: few(mostly(fc.constantFrom('icmp', 'tcp'), strange)) };
const dictionary = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.dictionary(mostly(fc.constantFrom('cpu', 'load1', 'disk:/', 'city', 'x-y'), text), value, { maxKeys: 4 });

const report = fc
  .record({
    node: mostly(text, strange),
    timestamp: few(mostly(time, strange)),
    ip: few(mostly(maybeNull(ip), strange)),
    devices: few(mostly(maybeNull(fc.nat()), strange)),
    ...measured,
    interval: few(mostly(fc.integer({ min: 1, max: 604_800 }), number)),
    metrics: few(dictionary(mostly(number, strange))),
    targets: few(fc.array(mostly(fc.record({ name: mostly(text, strange), ...measured }), strange), { maxLength: 3 })),
    labels: few(dictionary(mostly(text, strange))),
    agent: few(
      mostly(
        fc.record({
          version: mostly(fc.constant('1.0.0'), strange),
          mode: mostly(fc.constantFrom('once', 'agent'), text),
          os: few(mostly(text, strange)),
          hostname: few(mostly(text, strange)),
          boot: few(mostly(time, strange)),
          kept: few(mostly(count, strange)),
          dropped: few(mostly(count, strange)),
        }),
        strange,
      ),
    ),
  })
  .chain((fields) => fc.shuffledSubarray(Object.entries(fields), { minLength: 13 }).map((entries) => Object.fromEntries(entries)));
