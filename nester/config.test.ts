import { describe, expect, it } from 'vitest';
import { HELP, readConfig, urlHost } from './config.ts';
import { DEFAULT_LIMITS } from './limits.ts';

describe('the settings', () => {
  it('have fallbacks for everything', () => {
    const read = readConfig({}, []);

    expect(read).toMatchObject({
      ok: true,
      config: {
        host: '0.0.0.0',
        port: 5000,
        dataDir: '.',
        apiKey: undefined,
        retentionMs: 7 * 86_400_000,
        maxReports: 2_000_000,
        limits: DEFAULT_LIMITS,
        allowedOrigins: [],
        logLevel: 'info',
      },
    });
  });

  it('are taken from variables, empty ones counting as unset', () => {
    const read = readConfig(
      {
        NESTER_HOST: '[::1]',
        NESTER_PORT: '0',
        NESTER_DATA_DIR: '/var/lib/nester',
        NESTER_API_KEY: 'clé',
        NESTER_RETENTION: '4w',
        NESTER_MAX_REPORTS: '10',
        NESTER_RATE_LIMIT: '0',
        NESTER_ALLOWED_ORIGINS: 'https://A.example, http://b.example:8080',
        NESTER_TRUST_PROXY: '',
        NESTER_LOG_LEVEL: ' debug ',
      },
      [],
    );

    expect(read).toMatchObject({
      ok: true,
      config: {
        host: '::1',
        port: 0,
        dataDir: '/var/lib/nester',
        apiKey: 'clé',
        retentionMs: 28 * 86_400_000,
        maxReports: 10,
        limits: { ...DEFAULT_LIMITS, addressRate: 0 },
        allowedOrigins: ['https://a.example', 'http://b.example:8080'],
        logLevel: 'debug',
      },
    });
  });

  it('are taken from flags before variables', () => {
    const read = readConfig({ NESTER_PORT: '1', NESTER_HOST: 'a' }, ['--port', '2', '--host=b', '--trust-proxy', 'loopback']);

    expect(read).toMatchObject({ ok: true, config: { port: 2, host: 'b' } });
    expect(read.ok && [read.config.trust('127.0.0.1', 0), read.config.trust('10.0.0.1', 0)]).toEqual([true, false]);
  });

  it('name every problem at once, and no secret', () => {
    const read = readConfig(
      {
        NESTER_HOST: 'a b',
        NESTER_PORT: '65536',
        NESTER_API_KEY: 'secret\nsecret',
        NESTER_RETENTION: '7',
        NESTER_MAX_REPORTS: '0',
        NESTER_RATE_LIMIT: '-1',
        NESTER_ALLOWED_ORIGINS: 'https://a.example/path',
        NESTER_TRUST_PROXY: 'proxy',
        NESTER_LOG_LEVEL: 'loud',
      },
      ['--colour', 'red'],
    );

    const problems = read.ok ? [] : read.problems;
    expect(problems).toHaveLength(10);
    for (const name of ['HOST', 'PORT', 'API_KEY', 'RETENTION', 'MAX_REPORTS', 'RATE_LIMIT', 'ALLOWED_ORIGINS', 'TRUST_PROXY', 'LOG_LEVEL']) {
      expect(problems.some((problem) => problem.startsWith(`NESTER_${name}: `))).toBe(true);
    }
    expect(problems.join()).not.toContain('secret');
  });

  it.each(['HOST', 'PORT', 'DATA_DIR', 'API_KEY', 'RETENTION', 'MAX_REPORTS', 'RATE_LIMIT', 'ALLOWED_ORIGINS', 'TRUST_PROXY', 'LOG_LEVEL'])(
    'are explained by --help: NESTER_%s and its flag',
    (name) => {
      expect(HELP).toContain(`NESTER_${name} `);
      expect(HELP).toContain(`--${name.toLowerCase().replace('_', '-')} `);
    },
  );

  it('put an IPv6 address into brackets in a URL, and nothing else', () => {
    expect([urlHost('::1'), urlHost('127.0.0.1'), urlHost('nester')]).toEqual(['[::1]', '127.0.0.1', 'nester']);
  });
});
