import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeReportFrame } from './frames.ts';
import { decodeBySchema, type Report } from './report.ts';
import { type ScannedReport, scanReport, scanReportFrame } from './scan-report.ts';

/** Everything a scanned report can have, as a Harvester writes it. */
const EVERYTHING = JSON.stringify({
  node: 'lyon-01',
  timestamp: '2026-11-30T08:00:00.000Z',
  ip: '10.0.0.7',
  devices: 12,
  latency: 3.4,
  loss: 0,
  jitter: 0.321,
  method: 'icmp',
  interval: 60,
  metrics: { cpu: 12.5, 'disk:/': 71, _x: -0.25, small: 0.000001, large: 123456789012345 },
  targets: [{ name: 'gateway', latency: null, loss: 100, jitter: null, method: 'tcp' }, { name: 'the internet' }],
  labels: { city: 'Lyon', 'what it is': '' },
  agent: {
    version: '0.1.0',
    mode: 'agent',
    os: 'Linux 6.1',
    hostname: 'pi',
    boot: '2026-11-29T23:59:59.999Z',
    kept: 3,
    dropped: 0,
    pausedUntil: '2026-11-30T09:00:00.000Z',
    pausedWhy: 'new cables',
  },
});

const scan = (text: string): ScannedReport | undefined => scanReport(Buffer.from(text));

/** What the schema makes of a text. Throws when it refuses. */
function decoded(text: string): Report {
  const verdict = decodeBySchema(JSON.parse(text));
  if (!verdict.ok) throw new Error(`the schema refuses ${text}: ${JSON.stringify(verdict.errors)}`);
  return verdict.value;
}

function written(scanned: ScannedReport, timestamp: string, receivedAtMs: number): string {
  const bytes = Buffer.alloc(2 + scanned.mostBytes);
  const end = scanned.completed(timestamp, receivedAtMs).write(bytes, 2);
  expect(end - 2).toBeLessThanOrEqual(scanned.mostBytes);
  return bytes.toString('utf8', 2, end);
}

function expectAsDecoded(text: string, scanned: ScannedReport): void {
  const report = decoded(text);
  expect(JSON.stringify(scanned.report)).toBe(JSON.stringify(report));
  const { node, timestamp = '2026-11-30T08:00:00.000Z', ...rest } = report;
  expect(written(scanned, timestamp, 17)).toBe(JSON.stringify({ node, timestamp, ...rest, receivedAt: 17 }));
  expect(scanned.timestampMs).toBe(report.timestamp === undefined ? undefined : Date.parse(report.timestamp));
}

describe('a report read from its bytes', () => {
  it('has every field that it came with', () => {
    const scanned = scan(EVERYTHING);

    expect(scanned?.report).toEqual(JSON.parse(EVERYTHING));
    expect(scanned?.timestampMs).toBe(Date.parse('2026-11-30T08:00:00.000Z'));
    expect(scanned && written(scanned, '2026-11-30T08:00:00.000Z', 1)).toBe(`${EVERYTHING.slice(0, -1)},"receivedAt":1}`);
  });

  it.each(['{"node":"a"}', '{"node":"a","timestamp":1795000000000}', '{"node":"a","ip":null,"devices":null,"latency":null}', '{"node":"a","metrics":{},"targets":[],"labels":{}}'])(
    'is what the schema makes of %s',
    (text) => {
      const scanned = scan(text);

      expect(scanned).toBeDefined();
      if (scanned) expectAsDecoded(text, scanned);
    },
  );

  it('is found among other bytes', () => {
    const bytes = Buffer.from(`[{"node":"a","loss":1},{"node":"b","loss":2}]`);

    expect(scanReport(bytes, 1, 22)?.report).toEqual({ node: 'a', loss: 1 });
    expect(scanReport(bytes, 23, 44)?.report).toEqual({ node: 'b', loss: 2 });
    for (let end = 0; end <= bytes.length; end++) if (end !== 44) expect(scanReport(bytes, 23, end)).toBeUndefined();
  });

  it('is told by its names, not by those of an earlier one at the same place of the table', () => {
    for (let number = 0; number < 50_000; number++) expect(scan(`{"node":"site-${number}"}`)?.report.node).toBe(`site-${number}`);
  });

  it.each([
    ['space', '{"node": "a"}'],
    ['a line break behind it', '{"node":"a"}\n'],
    ['another order', '{"loss":0,"node":"a"}'],
    ['a field twice', '{"node":"a","loss":0,"loss":1}'],
    ['a field of no schema', '{"node":"a","more":1}'],
    ['a name to be trimmed', '{"node":" a"}'],
    ['a name too long', `{"node":"${'x'.repeat(101)}"}`],
    ['a name that is not ASCII', '{"node":"Évreux"}'],
    ['an escape', '{"node":"\\u0061"}'],
    ['no name', '{"node":""}'],
    ['a time to be rewritten', '{"node":"a","timestamp":"2026-11-22T08:00:00Z"}'],
    ['a day that is none', '{"node":"a","timestamp":"2026-02-30T08:00:00.000Z"}'],
    ['an hour that is none', '{"node":"a","timestamp":"2026-11-30T24:00:00.000Z"}'],
    ['a minute that is none', '{"node":"a","timestamp":"2026-11-30T08:61:00.000Z"}'],
    ['a time of 24 characters that is none', '{"node":"a","timestamp":"once upon a time, long ago"}'],
    ['a time after the last', '{"node":"a","timestamp":253402300800000}'],
    ['a time before the first', '{"node":"a","timestamp":-1}'],
    ['an address that is none', '{"node":"a","ip":"256.1.1.1"}'],
    ['an IPv6 address', '{"node":"a","ip":"::1"}'],
    ['half a device', '{"node":"a","devices":0.5}'],
    ['a zero in front', '{"node":"a","devices":01}'],
    ['a zero behind', '{"node":"a","latency":1.50}'],
    ['a point and nothing', '{"node":"a","latency":1.}'],
    ['a point alone', '{"node":"a","latency":.5}'],
    ['an exponent', '{"node":"a","latency":1e3}'],
    ['an exponent behind decimals', '{"node":"a","latency":1.5E3}'],
    ['a number written with an exponent', '{"node":"a","latency":0.0000001}'],
    ['more digits than a double has', '{"node":"a","latency":1.2345678901234567}'],
    ['a whole number with more digits', '{"node":"a","devices":9007199254740993}'],
    ['a negative latency', '{"node":"a","latency":-1}'],
    ['a negative zero', '{"node":"a","metrics":{"x":-0}}'],
    ['a loss beyond all', '{"node":"a","loss":101}'],
    ['an interval of nothing', '{"node":"a","interval":0}'],
    ['a method that is none', '{"node":"a","method":"udp"}'],
    ['a metric twice', '{"node":"a","metrics":{"x":1,"x":2}}'],
    ['a metric as what each object has', '{"node":"a","metrics":{"constructor":2}}'],
    ['a prototype', '{"node":"a","metrics":{"__proto__":2}}'],
    ['a label for a prototype', '{"node":"a","labels":{"__proto__":"x"}}'],
    ['a label twice', '{"node":"a","labels":{"x":"","x":"y"}}'],
    ['labels that are numbers, which an object has first', '{"node":"a","labels":{"x":"","1":""}}'],
    ['a label without a name', '{"node":"a","labels":{"":""}}'],
    ['a label too long', `{"node":"a","labels":{"x":"${'x'.repeat(101)}"}}`],
    ['a comma and nothing', '{"node":"a","metrics":{"x":1,}}'],
    ['too many metrics', `{"node":"a","metrics":{${Array.from({ length: 65 }, (_, index) => `"m${index}":1`).join(',')}}}`],
    ['too many labels', `{"node":"a","labels":{${Array.from({ length: 17 }, (_, index) => `"m${index}":""`).join(',')}}}`],
    ['too many targets', `{"node":"a","targets":[${Array.from({ length: 17 }, () => '{"name":"x"}').join(',')}]}`],
    ['a target without a name', '{"node":"a","targets":[{"latency":3}]}'],
    ['an agent without a mode', '{"node":"a","agent":{"version":"1"}}'],
    ['an agent of another mode', '{"node":"a","agent":{"version":"1","mode":"twice"}}'],
    ['an agent whose boot is a number', '{"node":"a","agent":{"version":"1","mode":"once","boot":1795000000000}}'],
    ['no end', '{"node":"a","loss":1'],
    ['no end of a text', '{"node":"a}'],
    ['one brace too many', '{"node":"a"}}'],
    ['a list', '[{"node":"a"}]'],
    ['nothing', ''],
  ])('is not read with %s', (_, text) => {
    expect(scan(text)).toBeUndefined();
  });

  it('is what the schema makes of the text, byte for byte, whatever was sent', () => {
    let taken = 0;
    fc.assert(
      fc.property(textOfReport, (text) => {
        const scanned = scan(text);
        if (scanned === undefined) return;
        taken++;
        expectAsDecoded(text, scanned);
      }),
      { numRuns: 20_000 },
    );
    // So that it says something.
    expect(taken).toBeGreaterThan(1_500);
  });

  it('is written as JavaScript writes numbers', () => {
    let taken = 0;
    fc.assert(
      fc.property(fc.tuple(fc.nat(999_999_999), fc.nat(12), fc.boolean()), ([digits, decimals, isNegative]) => {
        const plain = String(digits).padStart(decimals + 1, '0');
        const text = `{"node":"a","metrics":{"x":${isNegative ? '-' : ''}${decimals === 0 ? plain : `${plain.slice(0, -decimals)}.${plain.slice(-decimals)}`}}}`;
        const scanned = scan(text);
        if (scanned === undefined) return;
        taken++;
        expectAsDecoded(text, scanned);
      }),
      { numRuns: 20_000 },
    );
    expect(taken).toBeGreaterThan(5_000);
  });
});

describe('a frame with a report', () => {
  const frame = `{"type":"report","id":17,"report":${EVERYTHING}}`;

  it('is read as it would be parsed', () => {
    const scanned = scanReportFrame(Buffer.from(frame));

    expect(scanned?.id).toBe(17);
    expect({ ok: true, value: { id: 17, report: scanned?.report.report } }).toEqual(decodeReportFrame(frame));
  });

  it.each(['{"type":"report","report":{"node":"a"},"id":1}', '{"type":"report","id":-1,"report":{"node":"a"}}', '{"type":"report","id":1.5,"report":{"node":"a"}}', '{"type":"report","id":1,"report":{"node":"a"},"x":1}', '{"type":"report","id":1,"report":null}', '{"type":"report","id":1,"report":{"node":"a"}', '{"type":"hello"}', ''])(
    'is not read when it is %s',
    (text) => {
      expect(scanReportFrame(Buffer.from(text))).toBeUndefined();
    },
  );
});

/** One edit that a hand, a broken line or another program might have made of a text. */
const edit = fc.record({ at: fc.nat(400), cut: fc.nat(2), put: fc.constantFrom('', ' ', ',', '"', '}', '0', '.', '-', 'e', '\\', 'é', '1', '{}', ':') });

const number = fc.oneof(fc.nat(200), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.nat(10_000).map((thousands) => thousands / 1000));
const name = fc.oneof({ arbitrary: fc.constantFrom('a', 'b c', 'lyon-01', 'cpu', 'disk:/', '_x'), weight: 10 }, { arbitrary: fc.string({ maxLength: 5 }), weight: 1 });
const time = fc.oneof(
  fc.nat(253_402_300_799_999),
  fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(253_402_300_799_999) }).map((date) => date.toISOString()),
);
const few = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
const measured = { latency: few(fc.option(number)), loss: few(fc.option(fc.nat(101))), jitter: few(fc.option(number)), method: few(fc.constantFrom('icmp', 'tcp')) };

const textOfReport = fc
  .tuple(
    fc.record({
      node: name,
      timestamp: few(time),
      ip: few(fc.option(fc.ipV4())),
      devices: few(fc.option(fc.nat())),
      ...measured,
      interval: few(fc.integer({ min: 1, max: 604_800 })),
      metrics: few(fc.dictionary(name, number, { maxKeys: 4 })),
      targets: few(fc.array(fc.record({ name, ...measured }), { maxLength: 3 })),
      labels: few(fc.dictionary(name, name, { maxKeys: 4 })),
      agent: few(fc.record({ version: fc.constant('1.0.0'), mode: fc.constantFrom('once', 'agent'), os: few(name), hostname: few(name), boot: few(time), kept: few(fc.nat()), dropped: few(fc.nat()) })),
    }),
    fc.option(edit, { freq: 1 }),
  )
  .map(([report, change]) => {
    const text = JSON.stringify(report);
    return change === null ? text : text.slice(0, change.at) + change.put + text.slice(change.at + change.cut);
  })
  // What is no JSON is refused elsewhere, and must not be read here.
  .filter((text) => isJson(text) || scan(text) !== undefined);

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
