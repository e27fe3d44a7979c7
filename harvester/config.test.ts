import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeReport } from '../protocol/report.ts';
import { type CommandLine, type Config, HELP, readCommandLine } from './config.ts';
import { cleanName } from './setting-readers.ts';

const CA = '-----BEGIN CERTIFICATE-----';

function readFile(path: string): string {
  if (path === '/ca.pem') return CA;
  if (path === '/key.pem') return '-----BEGIN PRIVATE KEY-----';
  throw new Error('ENOENT: no such file');
}

const read = (args: string[], environment: Record<string, string> = {}): CommandLine =>
  readCommandLine(args, { environment: { NESTER: 'http://nester.example:5000', ...environment }, hostName: 'host-1', stateDir: '/state', readFile });

function config(args: string[], environment: Record<string, string> = {}): Config {
  const line = read(args, environment);
  if (line.kind !== 'run' && line.kind !== 'check') throw new Error(JSON.stringify(line));
  return line.config;
}

function problems(args: string[], environment: Record<string, string> = {}): string[] {
  const line = read(args, environment);
  if (line.kind !== 'refused') throw new Error(JSON.stringify(line));
  return line.problems;
}

describe('command line', () => {
  it('needs nothing but a command and the address of a Nester', () => {
    expect(read(['once'])).toEqual({
      kind: 'run',
      command: 'once',
      json: false,
      config: {
        nesters: [{ base: 'http://nester.example:5000/', host: 'nester.example', port: 5000 }],
        key: undefined,
        ca: undefined,
        node: 'host-1',
        intervalSeconds: 60,
        learnsInterval: true,
        target: 'nester.example',
        targets: [],
        pings: 10,
        scan: 'auto',
        scanIntervalMs: 300_000,
        scanPorts: [],
        privacy: 'off',
        labels: {},
        stateDir: '/state',
        customDir: undefined,
        keep: 10_000,
        selfUpdate: false,
        logLevel: 'info',
      },
    });
    expect(config(['agent'])).toMatchObject({ intervalSeconds: 10, learnsInterval: false });
    expect(config(['once', '--interval', '60'])).toMatchObject({ intervalSeconds: 60, learnsInterval: false });
  });

  it('reads every variable', () => {
    const environment = {
      NESTER: 'https://a.example/probe, http://[::1]:5000',
      NESTER_API_KEY: 'k3y',
      HARVESTER_NODE: ' Lyon 1 ',
      HARVESTER_INTERVAL: '30',
      HARVESTER_TARGET: '10.0.0.1',
      HARVESTER_TARGETS: 'gateway=10.0.0.254,internet=one.example',
      HARVESTER_PINGS: '3',
      HARVESTER_SCAN: '10.0.0.9/24',
      HARVESTER_SCAN_INTERVAL: '1h',
      HARVESTER_SCAN_PORTS: '22, 443,80,22',
      HARVESTER_PRIVACY: 'hash',
      HARVESTER_LABELS: 'city=Lyon,group=shops & more',
      HARVESTER_STATE_DIR: '/var/lib/h',
      HARVESTER_CUSTOM_DIR: '/etc/nester/custom.d',
      HARVESTER_KEEP: '5',
      HARVESTER_SELF_UPDATE: '1',
      NESTER_LOG_LEVEL: 'debug',
    };

    expect(config(['agent'], environment)).toEqual({
      nesters: [
        { base: 'https://a.example/probe/', host: 'a.example', port: 443 },
        { base: 'http://[::1]:5000/', host: '::1', port: 5000 },
      ],
      key: 'k3y',
      node: 'Lyon 1',
      intervalSeconds: 30,
      learnsInterval: false,
      target: '10.0.0.1',
      targets: [
        { name: 'gateway', host: '10.0.0.254' },
        { name: 'internet', host: 'one.example' },
      ],
      pings: 3,
      scan: { address: '10.0.0.0', prefix: 24 },
      scanIntervalMs: 3_600_000,
      scanPorts: [22, 443, 80],
      privacy: 'hash',
      labels: { city: 'Lyon', group: 'shops & more' },
      stateDir: '/var/lib/h',
      customDir: '/etc/nester/custom.d',
      keep: 5,
      selfUpdate: true,
      logLevel: 'debug',
    });
  });

  it('lets a flag win over its variable, and takes empty for unset', () => {
    expect(config(['once', '--pings', '7', '--node=b'], { HARVESTER_PINGS: '3', HARVESTER_LABELS: '' })).toMatchObject({ pings: 7, node: 'b', labels: {} });
  });

  it('names every variable and flag in its help', () => {
    const names = ['NESTER', 'NESTER_API_KEY', 'HARVESTER_NODE', 'HARVESTER_INTERVAL', 'HARVESTER_TARGET', 'HARVESTER_TARGETS', 'HARVESTER_PINGS'];
    names.push('HARVESTER_SCAN', 'HARVESTER_SCAN_INTERVAL', 'HARVESTER_SCAN_PORTS', 'HARVESTER_PRIVACY', 'HARVESTER_LABELS', 'HARVESTER_STATE_DIR', 'HARVESTER_CUSTOM_DIR', 'HARVESTER_KEEP');

    for (const name of names) expect(HELP).toMatch(new RegExp(`\\b${name}\\b`));
  });

  it('lists every problem at once', () => {
    const found = problems(['once', '--nope'], {
      NESTER: 'ftp://a.example',
      NESTER_API_KEY: 'se cret',
      HARVESTER_INTERVAL: '0',
      HARVESTER_TARGET: '-oN/etc/x',
      HARVESTER_TARGETS: 'gateway=;$(reboot)',
      HARVESTER_PINGS: 'ten',
      HARVESTER_SCAN: '10.0.0.0/8',
      HARVESTER_SCAN_INTERVAL: '1',
      HARVESTER_SCAN_PORTS: '22,0,65536,-oN',
      HARVESTER_PRIVACY: 'sha1',
      HARVESTER_LABELS: 'city',
      HARVESTER_KEEP: '-1',
      NESTER_LOG_LEVEL: 'loud',
    });

    const names = ['--nope', 'NESTER:', 'NESTER_API_KEY', 'HARVESTER_INTERVAL', 'HARVESTER_TARGET:', 'HARVESTER_TARGETS', 'HARVESTER_PINGS'];
    names.push('HARVESTER_SCAN:', 'larger than a /16', 'HARVESTER_SCAN_INTERVAL', 'HARVESTER_SCAN_PORTS', 'HARVESTER_PRIVACY', 'HARVESTER_LABELS', 'HARVESTER_KEEP', 'NESTER_LOG_LEVEL');
    for (const name of names) expect(found.join('\n')).toContain(name);
    expect(found.join('\n')).not.toContain('se cret');
  });

  it('trusts the authorities in a file, when there are some in it', () => {
    expect(config(['once', '--ca', '/ca.pem']).ca).toBe(CA);
    expect(problems(['once'], { NESTER_CA: '/nowhere.pem' })).toEqual(['NESTER_CA: /nowhere.pem cannot be read: ENOENT: no such file']);
    expect(problems(['agent'], { NESTER_CA: '/key.pem' })).toEqual(['NESTER_CA: /key.pem holds no certificate in PEM form']);
  });

  it('misses the Nester also among other problems', () => {
    const line = readCommandLine(['once'], { environment: { HARVESTER_PINGS: 'x' }, hostName: 'h', stateDir: '/s', readFile });

    expect(line).toMatchObject({ kind: 'refused', problems: [expect.stringContaining('HARVESTER_PINGS'), expect.stringContaining('NESTER: expected')] });
  });

  it.each([
    [[], 'expected a command'],
    [['twice'], '"twice": no such command'],
    [['once', 'now'], 'expected nothing after the command'],
    [['once', '--nester', 'http://-oN/'], 'host name'],
    [['once', '--nester', 'http://user:pw@a.example/'], 'NESTER_API_KEY'],
    [['once', '--targets', 'a=b.example,a=c.example'], 'given twice'],
    [['once', '--labels', 'a=1,a=2'], 'given twice'],
    [['once', '--scan-ports', Array.from({ length: 65 }, (_, at) => at + 1).join()], 'at most 64 ports'],
    [['once', '--node', 'x'.repeat(101)], '1 to 100 characters'],
  ])('refuses %j', (args, problem) => {
    const found = problems(args).join('\n');

    expect(found).toContain(problem);
    expect(found).not.toContain('pw');
  });

  it('pauses and resumes without a Nester, in the folder that reports come from', () => {
    const bare = (args: string[]): CommandLine => readCommandLine(args, { environment: { HARVESTER_STATE_DIR: '/s' }, hostName: 'h', stateDir: '/state', readFile });

    expect(bare(['pause', '2h', 'swapping the UPS'])).toEqual({ kind: 'pause', stateDir: '/s', forMs: 7_200_000, why: 'swapping the UPS' });
    expect(bare(['pause', '90m', 'no', 'quotes', '--state-dir', '/t'])).toEqual({ kind: 'pause', stateDir: '/t', forMs: 5_400_000, why: 'no quotes' });
    expect(bare(['pause', '30d'])).toEqual({ kind: 'pause', stateDir: '/s', forMs: 2_592_000_000, why: undefined });
    expect(bare(['resume'])).toEqual({ kind: 'resume', stateDir: '/s' });
  });

  it.each([
    [['pause'], 'expected how long'],
    [['pause', 'swapping'], 'a duration such as'],
    [['pause', '2'], 'a duration such as'],
    [['pause', '31d'], 'at most 30 days'],
    [['pause', '1h', 'x'.repeat(201)], 'at most 200 characters'],
    [['resume', 'now'], 'expected nothing after resume'],
  ])('refuses to understand %j', (args, problem) => {
    expect(problems(args).join()).toContain(problem);
  });

  it('gives help and version whatever else is wrong, and checks without a command', () => {
    expect(read(['--help', '--nope']).kind).toBe('help');
    expect(read(['nope', '--version']).kind).toBe('version');
    expect(read(['--check']).kind).toBe('check');
    expect(read(['agent', '--check']).kind).toBe('check');
  });

  it('makes of any host name a node that Nester takes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 300 }), (hostName) => {
        const node = cleanName(hostName);
        if (node !== '') expect(decodeReport({ node }, 0)).toMatchObject({ ok: true, value: { node } });
      }),
    );
  });
});
