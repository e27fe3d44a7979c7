import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeJson } from './json.ts';
import { LIMITS } from './limits.ts';
import { METRIC_NAME } from './metric-name.ts';
import { decodeReport } from './report.ts';

const NOW = Date.UTC(2026, 10, 22, 8);
const SMILE = '\u{1F600}';

/** Decodes a report of node `a` with these fields, as they would come from a wire. */
function withFields(fields: Record<string, unknown>) {
  return decodeReport({ node: 'a', ...fields }, NOW);
}

function valueOf(input: unknown): Record<string, unknown> {
  const decoded = decodeReport(input, NOW);
  if (!decoded.ok) throw new Error(decoded.errors.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  return decoded.value;
}

function pathsOf(input: unknown): string[] {
  const decoded = decodeReport(input, NOW);
  return decoded.ok ? [] : decoded.errors.map(({ path }) => path);
}

function messageOf(input: unknown): string {
  const decoded = decodeReport(input, NOW);
  return decoded.ok ? '' : decoded.errors.map(({ message }) => message).join('\n');
}

/** `count` entries with different names. */
function entries<Value>(count: number, value: Value): Record<string, Value> {
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [`m${at}`, value]));
}

/** Every field there is, in the order in which they come out. */
const FULL = {
  node: 'lyon-01',
  timestamp: '2026-11-22T07:59:00.000Z',
  ip: '10.0.0.7',
  devices: 12,
  latency: 3.4,
  loss: 0,
  jitter: 0.25,
  method: 'tcp',
  interval: 60,
  metrics: { cpu: 12.5, 'disk:/var': 80 },
  targets: [{ name: 'gateway', latency: 0.4, loss: 0, jitter: null, method: 'icmp' }],
  hosts: [{ ip: '10.0.0.1', mac: '00:11:22:33:44:55', vendor: 'Acme', name: 'router', ports: [22, 443] }],
  labels: { city: 'Lyon', group: '' },
  agent: {
    version: '0.1.0',
    mode: 'agent',
    os: 'linux',
    hostname: 'probe',
    boot: '2026-11-20T00:00:00.000Z',
    kept: 0,
    dropped: 3,
    pausedUntil: '2026-11-20T02:00:00.000Z',
    pausedWhy: 'swapping the UPS',
  },
};

/** The same value with the keys of every object the other way round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).reverse().map(([key, inner]) => [key, reversed(inner)]));
}

describe('a report', () => {
  it('comes out as it went in, when all of it is right', () => {
    expect(JSON.stringify(valueOf(FULL))).toBe(JSON.stringify(FULL));
  });

  it('needs nothing but a node', () => {
    expect(valueOf({ node: 'a' })).toStrictEqual({ node: 'a' });
  });

  it('comes out with its fields in one order, whatever the order of the sender', () => {
    // The names of metrics and labels are the sender's, and so is their order.
    const oneOfEach = { ...FULL, metrics: { cpu: 12.5 }, labels: { city: 'Lyon' } };

    expect(JSON.stringify(valueOf(reversed(oneOfEach)))).toBe(JSON.stringify(oneOfEach));
    expect(valueOf(reversed(FULL))).toEqual(FULL);
  });

  it('loses unknown keys at every level', () => {
    const more = { secret: 'x', receivedAt: 5, toString: 'x', constructor: { x: 1 } };
    const input = {
      ...more,
      ...FULL,
      targets: FULL.targets.map((target) => ({ ...more, ...target })),
      hosts: FULL.hosts.map((host) => ({ ...more, ...host })),
      agent: { ...more, ...FULL.agent },
    };

    expect(JSON.stringify(valueOf(input))).toBe(JSON.stringify(FULL));
  });

  it('leaves what it was read from as it was', () => {
    const input = { node: ' a ', timestamp: NOW, more: 1, metrics: { a: 1 }, targets: [{ name: ' g ', more: 1 }] };
    const before = structuredClone(input);

    valueOf(input);

    expect(input).toEqual(before);
  });

  it.each([
    ['null', null],
    ['a list', []],
    ['a list of reports', [{ node: 'a' }]],
    ['a text', 'a'],
    ['a number', 7],
    ['nothing', undefined],
  ])('cannot be %s', (_what, input) => {
    expect(pathsOf(input)).toEqual(['']);
    expect(messageOf(input)).toContain('expected object');
  });

  it('is refused with all that is wrong in it, each by its path', () => {
    const input = {
      node: '',
      timestamp: 'x',
      latency: '3.4',
      metrics: { '1st': 1, ok: null },
      targets: [{ name: 'a' }, { name: '', loss: 101 }],
      hosts: [{ ip: '10.0.0.1', ports: [80, 0] }],
      labels: { city: 5 },
      agent: { version: '1', mode: 'twice', boot: 'x', pausedUntil: '2 h', pausedWhy: 'x'.repeat(201) },
    };

    expect(pathsOf(input).sort()).toEqual([
      'agent.boot',
      'agent.mode',
      'agent.pausedUntil',
      'agent.pausedWhy',
      'hosts[0].ports[1]',
      'labels.city',
      'latency',
      'metrics.1st',
      'metrics.ok',
      'node',
      'targets[1].loss',
      'targets[1].name',
      'timestamp',
    ]);
  });

  it('is refused with a handful of reasons, however much is wrong', () => {
    const input = { node: 'a', hosts: Array.from({ length: LIMITS.hosts }, () => ({ ip: 'x', mac: '', ports: [0] })) };

    const errors = pathsOf(input);

    expect(errors.length).toBeGreaterThan(1);
    expect(errors.length).toBeLessThanOrEqual(20);
  });
});

/** Fields that are texts: a report with the text, where the error says it is, and the most characters. */
const TEXTS: [string, number, number, (text: unknown) => Record<string, unknown>][] = [
  ['node', 1, 100, (node) => ({ node })],
  ['targets[0].name', 1, 100, (name) => ({ node: 'a', targets: [{ name }] })],
  ['hosts[0].mac', 1, 64, (mac) => ({ node: 'a', hosts: [{ ip: '::1', mac }] })],
  ['hosts[0].vendor', 0, 100, (vendor) => ({ node: 'a', hosts: [{ ip: '::1', vendor }] })],
  ['hosts[0].name', 0, 255, (name) => ({ node: 'a', hosts: [{ ip: '::1', name }] })],
  ['labels.city', 0, 100, (city) => ({ node: 'a', labels: { city } })],
  ['agent.version', 1, 50, (version) => ({ node: 'a', agent: { version, mode: 'once' } })],
  ['agent.os', 0, 100, (os) => ({ node: 'a', agent: { version: '1', mode: 'once', os } })],
  ['agent.hostname', 0, 255, (hostname) => ({ node: 'a', agent: { version: '1', mode: 'once', hostname } })],
];

describe.each(TEXTS)('the text %s', (path, least, most, reportWith) => {
  it(`has ${least} to ${most} characters, where an emoji is one`, () => {
    for (const character of ['x', SMILE]) {
      expect(pathsOf(reportWith(character.repeat(least)))).toEqual([]);
      expect(pathsOf(reportWith(character.repeat(most)))).toEqual([]);
      expect(pathsOf(reportWith(character.repeat(most + 1)))).toEqual([path]);
    }
    expect(pathsOf(reportWith(''))).toEqual(least === 0 ? [] : [path]);
  });

  it.each(['a\0b', 'a\tb', 'a\nb', 'a\u001bb', 'a\u007fb', 'a\u0085b', 'a\u009fb', 'a\ud800b', 'a\udc00b', '\udc00\ud800', `${SMILE}\ud83d`])('is refused as %j', (text) => {
    expect(pathsOf(reportWith(text))).toEqual([path]);
  });

  it.each(['a b', 'é', 'e\u0301', '日本', 'مرحبا', '<b>&"\'', '__proto__', '\u00a0x', '\u{10FFFF}'])('is taken as %j', (text) => {
    expect(pathsOf(reportWith(text))).toEqual([]);
  });

  it.each([
    [5, 'number'],
    [true, 'boolean'],
    [null, 'null'],
    [['a'], ''],
    [{ toString: 'a' }, 'object'],
  ])('is refused as %j, and the reason says so', (value, kind) => {
    expect(pathsOf(reportWith(value))).toEqual([path]);
    expect(messageOf(reportWith(value))).toContain('expected');
    expect(messageOf(reportWith(value))).toContain(kind);
  });

  it('is refused with a reason that says how much may be, and does not repeat it', () => {
    const reason = messageOf(reportWith('z'.repeat(100_000)));

    expect(reason).toContain(`${most} characters`);
    expect(reason.length).toBeLessThan(300);
  });
});

describe('the node', () => {
  it.each([' a ', '\na\r\n', '\u00a0a\u3000', '\ufeffa'])('is trimmed: %j', (node) => {
    expect(valueOf({ node })).toEqual({ node: 'a' });
  });

  it('is counted after trimming', () => {
    expect(valueOf({ node: ` ${'x'.repeat(100)} ` })).toEqual({ node: 'x'.repeat(100) });
    expect(pathsOf({ node: ` ${'x'.repeat(101)} ` })).toEqual(['node']);
    expect(pathsOf({ node: ' '.repeat(100) })).toEqual(['node']);
  });

  it('is required, also where it is inherited or misspelt', () => {
    expect(pathsOf({})).toEqual(['node']);
    expect(pathsOf({ Node: 'a', hostname: 'a' })).toEqual(['node']);
    expect(pathsOf(JSON.parse('{"__proto__":{"node":"a"}}'))).toEqual(['node']);
  });
});

describe('the timestamp', () => {
  it.each([
    ['ISO 8601 with a zone', '2026-11-22T08:30:00+01:00', '2026-11-22T07:30:00.000Z'],
    ['isoformat() of Python', '2026-11-22T07:30:00.123456+00:00', '2026-11-22T07:30:00.123Z'],
    ['epoch milliseconds', NOW - 1, '2026-11-22T07:59:59.999Z'],
    ['epoch 0', 0, '1970-01-01T00:00:00.000Z'],
    ['the last day of a month', '2024-02-29T23:59:59.999Z', '2024-02-29T23:59:59.999Z'],
    ['as it is returned', '2026-11-22T07:30:00.000Z', '2026-11-22T07:30:00.000Z'],
  ])('is taken as %s, and comes out as UTC with milliseconds', (_what, timestamp, written) => {
    expect(valueOf({ node: 'a', timestamp })).toEqual({ node: 'a', timestamp: written });
  });

  it.each([
    ['no zone', '2026-11-22T07:30:00'],
    ['no zone, canonical otherwise', '2026-11-22T07:30:00.000'],
    ['30 February', '2026-02-30T07:30:00.000Z'],
    ['month 0', '2026-00-10T07:30:00.000Z'],
    ['a leap second', '2016-12-31T23:59:60Z'],
    ['the year 10000', '10000-01-01T00:00:00Z'],
    ['a fraction of a millisecond', NOW - 0.5],
    ['a negative number', -1],
    ['infinity', Infinity],
    ['the digits of epoch milliseconds', String(NOW)],
    ['null', null],
    ['a boolean', true],
    ['an object', {}],
  ])('is refused with %s', (_what, timestamp) => {
    expect(pathsOf({ node: 'a', timestamp })).toEqual(['timestamp']);
    expect(messageOf({ node: 'a', timestamp })).toMatch(/expected .*, got /);
  });

  it('may be ten minutes ahead of the receiver, and not a millisecond more', () => {
    for (const zone of ['Z', '+00:00']) {
      expect(pathsOf({ node: 'a', timestamp: `2026-11-22T08:10:00.000${zone}` })).toEqual([]);
      expect(pathsOf({ node: 'a', timestamp: `2026-11-22T08:10:00.001${zone}` })).toEqual(['timestamp']);
    }
    expect(pathsOf({ node: 'a', timestamp: NOW + LIMITS.futureMs })).toEqual([]);
    expect(pathsOf({ node: 'a', timestamp: NOW + LIMITS.futureMs + 1 })).toEqual(['timestamp']);
    expect(messageOf({ node: 'a', timestamp: '9999-12-31T23:59:59.999Z' })).toMatch(/10 minutes in the future: 9999-.*2026-11-22T08:00:00\.000Z/);
  });
});

describe.each([
  ['ip', (ip: unknown) => ({ node: 'a', ip })],
  ['hosts[0].ip', (ip: unknown) => ({ node: 'a', hosts: [{ ip }] })],
])('the address %s', (path, reportWith) => {
  it.each(['10.0.0.7', '0.0.0.0', '255.255.255.255', '::', '::1', 'fe80::1', '2001:DB8::FFFF', '1:2:3:4:5:6:7:8', '::ffff:10.0.0.7'])('is taken as %s', (ip) => {
    expect(valueOf(reportWith(ip))).toEqual(reportWith(ip));
  });

  it.each([
    '', ' ', '10.0.0', '10.0.0.256', '10.0.0.7.1', '010.0.0.7', '10.0.0.7 ', '10.0.0.7\n', '10.0.0.7/24', '10.0.0.7:80', '0x7f.0.0.1', '2130706433', '-1.0.0.1',
    '1e1.0.0.1', '１0.0.0.7', ':', ':::', '1::2::3', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '12345::', 'g::', 'fe80::1%eth0', '[::1]', '::1/64', '::1]:80/[::', '::1]@[::',
    '::ffff:10.0.0.256', 'localhost', 'unknown', 'null', '<script>', '1:'.repeat(50_000), '1.'.repeat(50_000),
  ])('is refused as %j', (ip) => {
    expect(pathsOf(reportWith(ip))).toEqual([path]);
    expect(messageOf(reportWith(ip))).toContain('expected an IPv4 or IPv6 address');
  });

  it.each([5, true, {}, [], ['10.0.0.7']])('is refused as %j', (ip) => {
    expect(pathsOf(reportWith(ip))).toEqual([path]);
  });
});

it('may say null for the own address, and not for that of a host', () => {
  expect(valueOf({ node: 'a', ip: null })).toEqual({ node: 'a', ip: null });
  expect(pathsOf({ node: 'a', hosts: [{ ip: null }] })).toEqual(['hosts[0].ip']);
  expect(pathsOf({ node: 'a', hosts: [{}] })).toEqual(['hosts[0].ip']);
});

describe('the method of a measurement', () => {
  it('is one of two words', () => {
    for (const method of ['icmp', 'tcp']) expect(valueOf({ node: 'a', method, targets: [{ name: 'b', method }] })).toMatchObject({ method });
    for (const method of ['ICMP', '', null, 1]) {
      expect(pathsOf({ node: 'a', method })).toEqual(['method']);
      expect(pathsOf({ node: 'a', targets: [{ name: 'b', method }] })).toEqual(['targets[0].method']);
    }
  });
});

/** Fields that are numbers: what is taken and what is refused at each end. */
const NUMBERS: [string, (value: unknown) => Record<string, unknown>, number[], number[], boolean][] = [
  ['devices', (devices) => ({ devices }), [0, 1, Number.MAX_SAFE_INTEGER], [-1, 0.5, 2 ** 53], true],
  ['latency', (latency) => ({ latency }), [0, 0.001, 1e9, Number.MAX_VALUE], [-0.001], true],
  ['loss', (loss) => ({ loss }), [0, 33.3, 100], [-0.001, 100.001], true],
  ['jitter', (jitter) => ({ jitter }), [0, 0.001, 1e9], [-0.001], true],
  ['interval', (interval) => ({ interval }), [1, 1.5, 604_800], [0, 0.999, 604_800.001, -60], false],
  ['metrics.cpu', (cpu) => ({ metrics: { cpu } }), [0, -1e300, 1e300, Number.MIN_VALUE], [], false],
  ['targets[0].latency', (latency) => ({ targets: [{ name: 'g', latency }] }), [0, 1e9], [-0.001], true],
  ['targets[0].loss', (loss) => ({ targets: [{ name: 'g', loss }] }), [0, 100], [-0.001, 100.001], true],
  ['targets[0].jitter', (jitter) => ({ targets: [{ name: 'g', jitter }] }), [0, 1e9], [-0.001], true],
  ['hosts[0].ports[0]', (port) => ({ hosts: [{ ip: '::1', ports: [port] }] }), [1, 65_535], [0, 65_536, 80.5, -1], false],
  ['agent.kept', (kept) => ({ agent: { version: '1', mode: 'once', kept } }), [0, Number.MAX_SAFE_INTEGER], [-1, 0.5, 2 ** 53], false],
  ['agent.dropped', (dropped) => ({ agent: { version: '1', mode: 'once', dropped } }), [0, Number.MAX_SAFE_INTEGER], [-1, 0.5, 2 ** 53], false],
];

describe.each(NUMBERS)('the number %s', (path, fieldsWith, taken, refused, nullable) => {
  it('is taken up to its bounds, and refused beyond them', () => {
    for (const value of taken) expect(withFields(fieldsWith(value))).toEqual({ ok: true, value: { node: 'a', ...fieldsWith(value) } });
    for (const value of [...refused, Infinity, -Infinity, NaN]) expect(pathsOf({ node: 'a', ...fieldsWith(value) })).toEqual([path]);
  });

  it(nullable ? 'may be null' : 'cannot be null', () => {
    expect(pathsOf({ node: 'a', ...fieldsWith(null) })).toEqual(nullable ? [] : [path]);
  });

  it.each(['12', '', true, [1], {}])('is refused as %j, and the reason says that a number was expected', (value) => {
    const input = { node: 'a', ...fieldsWith(value) };

    expect(pathsOf(input)).toEqual([path]);
    expect(messageOf(input)).toMatch(/expected .*(number|int)/);
  });
});

describe('metrics', () => {
  it.each(['cpu', '_', 'A', 'load1', 'disk:/var', 'ups.battery', 'a-b', `a${'x'.repeat(63)}`, 'constructor', 'toString', 'hasOwnProperty', 'valueOf'])('may be called %s', (name) => {
    expect(valueOf({ node: 'a', metrics: { [name]: 1 } })).toEqual({ node: 'a', metrics: { [name]: 1 } });
    expect(METRIC_NAME.test(name)).toBe(true);
  });

  it.each(['', '1st', '-a', '.a', '/a', ' a', 'a b', 'a\n', 'é', 'aé', 'a"', 'a,b', '=a', `a${'x'.repeat(64)}`, 'x'.repeat(100_000)])('cannot be called %j', (name) => {
    const input = { node: 'a', metrics: { fine: 1, [name]: 1 } };
    const decoded = decodeReport(input, NOW);

    expect(decoded.ok).toBe(false);
    expect(pathsOf(input)[0]?.startsWith('metrics')).toBe(true);
    expect(pathsOf(input)[0]?.length).toBeLessThan(150);
    expect(messageOf(input)).toContain('expected a name');
  });

  it('may be none, and at most 64', () => {
    for (const count of [0, 64]) expect(Object.keys(valueOf({ node: 'a', metrics: entries(count, 1) }).metrics as object)).toHaveLength(count);
    for (const count of [65, 100_000]) {
      expect(pathsOf({ node: 'a', metrics: entries(count, 1) })).toEqual(['metrics']);
      expect(messageOf({ node: 'a', metrics: entries(count, 1) })).toContain(`at most 64 metrics, got ${count}`);
    }
  });

  it.each([null, [], [1], 'cpu', 5, true])('cannot be %j', (metrics) => {
    expect(pathsOf({ node: 'a', metrics })).toEqual(['metrics']);
    expect(messageOf({ node: 'a', metrics })).toContain('expected');
  });
});

describe('labels', () => {
  it.each(['city', ' ', '1', 'constructor', 'toString', SMILE.repeat(100), 'x'.repeat(100)])('may be called %j', (name) => {
    expect(valueOf({ node: 'a', labels: { [name]: 'x' } })).toEqual({ node: 'a', labels: { [name]: 'x' } });
  });

  it.each(['', 'x'.repeat(101), SMILE.repeat(101), 'a\nb', 'a\ud800'])('cannot be called %j', (name) => {
    const input = { node: 'a', labels: { [name]: 'x' } };

    expect(decodeReport(input, NOW).ok).toBe(false);
    expect(pathsOf(input)[0]?.startsWith('labels')).toBe(true);
    expect(pathsOf(input)[0]).not.toMatch(/\p{Cc}/u);
    expect(messageOf(input)).toContain('expected a name');
  });

  it('may be none, and at most 16', () => {
    for (const count of [0, 16]) expect(Object.keys(valueOf({ node: 'a', labels: entries(count, 'x') }).labels as object)).toHaveLength(count);
    expect(pathsOf({ node: 'a', labels: entries(17, 'x') })).toEqual(['labels']);
    expect(messageOf({ node: 'a', labels: entries(17, 'x') })).toContain('at most 16 labels, got 17');
  });

  it.each([null, [], ['x'], 'city', 5])('cannot be %j', (labels) => {
    expect(pathsOf({ node: 'a', labels })).toEqual(['labels']);
  });
});

describe('the lists', () => {
  it.each([
    ['targets', LIMITS.targets, { name: 'g' }],
    ['hosts', LIMITS.hosts, { ip: '10.0.0.1' }],
  ])('%s may hold none, and at most %i', (field, most, entry) => {
    for (const count of [0, most]) expect(valueOf({ node: 'a', [field]: Array(count).fill(entry) })[field]).toHaveLength(count);
    expect(pathsOf({ node: 'a', [field]: Array(most + 1).fill(entry) })).toEqual([field]);
    expect(messageOf({ node: 'a', [field]: Array(most + 1).fill(entry) })).toContain(String(most));
  });

  it('of ports may hold none, and at most 64', () => {
    for (const count of [0, 64]) expect(pathsOf({ node: 'a', hosts: [{ ip: '::1', ports: Array(count).fill(80) }] })).toEqual([]);
    expect(pathsOf({ node: 'a', hosts: [{ ip: '::1', ports: Array(65).fill(80) }] })).toEqual(['hosts[0].ports']);
  });

  it.each(['targets', 'hosts'])('%s must be lists of objects', (field) => {
    for (const value of [null, {}, 'a', 5, { length: 1, 0: {} }]) expect(pathsOf({ node: 'a', [field]: value })).toEqual([field]);
    for (const entry of [null, [], 'a', 5]) expect(pathsOf({ node: 'a', [field]: [entry] })).toEqual([`${field}[0]`]);
  });

  it('keep their order and repeated entries', () => {
    const targets = [{ name: 'b' }, { name: 'a' }, { name: 'b' }];

    expect(valueOf({ node: 'a', targets }).targets).toEqual(targets);
  });

  it('name the entry that is wrong', () => {
    expect(pathsOf({ node: 'a', targets: [{ name: 'a' }, {}, { name: 'c', loss: -1 }] })).toEqual(['targets[1].name', 'targets[2].loss']);
    expect(pathsOf({ node: 'a', targets: [{ name: '' }] })).toEqual(['targets[0].name']);
  });
});

describe('the agent', () => {
  it.each(['once', 'agent'])('may run as %s', (mode) => {
    expect(valueOf({ node: 'a', agent: { mode, version: '1' } }).agent).toEqual({ version: '1', mode });
  });

  it.each(['Once', '', 'daemon', 'toString', null, 1])('cannot run as %j', (mode) => {
    expect(pathsOf({ node: 'a', agent: { version: '1', mode } })).toEqual(['agent.mode']);
    expect(messageOf({ node: 'a', agent: { version: '1', mode } })).toMatch(/expected.*once.*agent/);
  });

  it('needs a version and a mode', () => {
    expect(pathsOf({ node: 'a', agent: {} }).sort()).toEqual(['agent.mode', 'agent.version']);
  });

  it.each([null, [], 'agent', 5])('cannot be %j', (agent) => {
    expect(pathsOf({ node: 'a', agent })).toEqual(['agent']);
  });

  it('says the start of its machine as any time', () => {
    const bootOf = (boot: unknown) => withFields({ agent: { version: '1', mode: 'once', boot } });

    expect(bootOf(0)).toMatchObject({ ok: true, value: { agent: { boot: '1970-01-01T00:00:00.000Z' } } });
    expect(bootOf('2026-11-22T08:00:00+01:00')).toMatchObject({ ok: true, value: { agent: { boot: '2026-11-22T07:00:00.000Z' } } });
    expect(bootOf('2026-11-22T08:00:00')).toMatchObject({ ok: false, errors: [{ path: 'agent.boot' }] });
  });
});

describe('keys that mean something to the language', () => {
  it.each([
    '{"node":"a","__proto__":{"polluted":1,"ip":"10.0.0.1"}}',
    '{"node":"a","constructor":{"prototype":{"polluted":1}}}',
    '{"node":"a","metrics":{"__proto__":1}}',
    '{"node":"a","metrics":{"__proto__":{"polluted":1},"cpu":1}}',
    '{"node":"a","labels":{"__proto__":"x"}}',
    '{"node":"a","labels":{"__proto__":{"polluted":"x"}}}',
    '{"node":"a","targets":[{"name":"g","__proto__":{"polluted":1}}]}',
    '{"node":"a","hosts":[{"ip":"::1","__proto__":{"polluted":1}}]}',
    '{"node":"a","agent":{"version":"1","mode":"once","__proto__":{"polluted":1}}}',
  ])('change nothing but the report, if at all: %s', (text) => {
    const decoded = decodeReport(JSON.parse(text), NOW);

    expect(JSON.stringify(decoded.ok ? decoded.value : {})).not.toMatch(/polluted|__proto__|10\.0\.0\.1/);
    expect({}).not.toHaveProperty('polluted');
    const objects = decoded.ok ? [decoded.value, decoded.value.metrics, decoded.value.labels, decoded.value.agent, ...(decoded.value.targets ?? [])] : [];
    for (const object of objects) {
      if (object === undefined) continue;
      expect(object).not.toHaveProperty('polluted');
      expect([Object.prototype, null]).toContain(Object.getPrototypeOf(object));
    }
  });
});

const KNOWN_KEYS = new Set([
  ...Object.keys(FULL),
  ...Object.keys(FULL.targets[0] ?? {}),
  ...Object.keys(FULL.hosts[0] ?? {}),
  ...Object.keys(FULL.agent),
]);

/** All keys of a decoded report but the names of metrics and labels, which are the sender's. */
function keysOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(keysOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...(key === 'metrics' || key === 'labels' ? [] : keysOf(inner))]);
}

describe('any report', () => {
  const junk = fc.jsonValue({ maxDepth: 2 });
  const text = (maxLength: number) => fc.string({ unit: 'grapheme', maxLength });
  const number = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 }), fc.constant(null));
  const percent = fc.double({ noNaN: true, min: 0, max: 100 });
  const count = fc.nat();
  const time = fc.oneof(
    fc.integer({ min: 0, max: NOW }),
    fc.integer({ min: 0, max: NOW }).map((ms) => new Date(ms).toISOString().replace('Z', '456+00:00')),
  );
  const address = fc.oneof(fc.ipV4(), fc.ipV6());
  const some = { requiredKeys: [] };
  const target = fc.tuple(fc.record({ latency: number, loss: percent, jitter: number }, some), text(20)).map(([rest, name]) => ({ ...rest, name: `${name}t` }));
  const host = fc.record({ ip: address, vendor: text(20), ports: fc.array(fc.integer({ min: 1, max: 65_535 }), { maxLength: 64 }), name: text(20) }, { requiredKeys: ['ip'] });
  const fields = {
    timestamp: time,
    ip: address,
    devices: count,
    latency: number,
    loss: percent,
    jitter: number,
    interval: fc.integer({ min: 1, max: 604_800 }),
    metrics: fc.dictionary(fc.stringMatching(METRIC_NAME), fc.double({ noNaN: true, noDefaultInfinity: true }), { maxKeys: 64 }),
    targets: fc.array(target, { maxLength: 16 }),
    hosts: fc.array(host, { maxLength: 20 }),
    labels: fc.dictionary(fc.stringMatching(/^\w{1,20}$/), text(20), { maxKeys: 16 }),
    agent: fc.record({ version: fc.constant('1'), mode: fc.constantFrom('once', 'agent'), boot: time, kept: count, dropped: count, pausedUntil: time, pausedWhy: fc.constant('why') }, { requiredKeys: ['version', 'mode'] }),
  };
  const unknown = fc.dictionary(fc.string().map((key) => `_${key}`), junk, { maxKeys: 3 });
  const likely = fc
    .tuple(unknown, fc.record({ node: text(30), ...fields }, { requiredKeys: ['node'] }))
    .map(([more, report]) => ({ ...more, ...report, node: `n${report.node}` }));
  /** A report of which some fields hold anything. */
  const spoilt = fc
    .tuple(likely, fc.dictionary(fc.constantFrom('node', ...Object.keys(fields), '__proto__', 'toString'), junk, { maxKeys: 3 }))
    .map(([report, spoils]) => ({ ...report, ...spoils }));

  it('ends in a value or in reasons, whatever the value of JSON', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), spoilt), (input) => {
        const decoded = decodeReport(input, NOW);
        if (decoded.ok) return;
        expect(decoded.errors.length).toBeGreaterThan(0);
        for (const { path, message } of decoded.errors) {
          expect(path).not.toMatch(/\p{Cc}/u);
          expect(message).toMatch(/./);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('ends in a value or in reasons, whatever the text', () => {
    const texts = fc.oneof(fc.string({ unit: 'binary' }), spoilt.map((report) => JSON.stringify(report)));

    fc.assert(
      fc.property(texts, (given) => {
        const json = decodeJson(given);
        if (json.ok) expect(decodeReport(json.value, NOW)).toHaveProperty('ok');
      }),
      { numRuns: 1000 },
    );
  });

  it('that is right is taken, and decodes again to the same bytes', () => {
    const isPlain = (report: unknown): boolean => !/\\u|__proto__/.test(JSON.stringify(report));

    fc.assert(
      fc.property(likely.filter(isPlain), (input) => {
        const once = JSON.stringify(valueOf(JSON.parse(JSON.stringify(input))));
        const twice = JSON.stringify(valueOf(JSON.parse(once)));
        expect(twice).toBe(once);
      }),
      { numRuns: 500 },
    );
  });

  it('that was taken decodes again to itself and holds no unknown key', () => {
    fc.assert(
      fc.property(spoilt, (input) => {
        const decoded = decodeReport(JSON.parse(JSON.stringify(input)), NOW);
        if (!decoded.ok) return;
        expect(decodeReport(decoded.value, NOW)).toEqual(decoded);
        for (const key of keysOf(JSON.parse(JSON.stringify(decoded.value)))) expect(KNOWN_KEYS).toContain(key);
      }),
      { numRuns: 500 },
    );
  });
});
