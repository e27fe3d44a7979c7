import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFolder, type RunningNester, runProgram, startNester } from './support/program.ts';
import { exchangeRaw, postReport, postText } from './support/requests.ts';

/** What comes out of the programs cannot do anything to whoever reads it, whatever went in. */

/** Control characters but for the end of a line, halves of characters, marks that turn the direction of text. */
// eslint-disable-next-line no-control-regex -- it looks for just these
const UNSEEN = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/;

const HOSTILE = [
  '=cmd|\'/c calc\'!A1',
  '+1+1',
  '-2+3',
  '@SUM(A1:A9)',
  '../../../etc/cron.d/x',
  '..\\..\\x',
  '<img src=x onerror=alert(1)>',
  'photo\u202egpj.exe',
  'line\u2028break',
  '"; rm -rf /; "',
  '$(reboot)',
  '%2e%2e%2f',
];

let nester: RunningNester;
beforeAll(async () => {
  nester = await startNester({ env: { NESTER_LOG_LEVEL: 'trace', NESTER_TRUST_PROXY: 'loopback', NESTER_PASSWORD: 'correct horse', NESTER_READ_KEY: 'reader' } });
  for (const node of HOSTILE) {
    const report = { node, labels: { [node.slice(0, 90)]: node }, hosts: [{ ip: '10.0.0.1', name: node, vendor: node }], agent: { version: '1', mode: 'once', os: node } };
    expect([node, (await postReport(nester.url, report)).status]).toEqual([node, 201]);
  }
});
afterAll(() => nester.kill());

const READ = { 'x-api-key': 'reader' };

describe('what Nester gives', () => {
  it('as CSV has no cell that a spreadsheet takes for a formula', async () => {
    const csv = await (await fetch(`${nester.url}/api/reports?format=csv`, { headers: READ })).text();
    const cells = csv.split('\r\n').slice(1).flatMap((line) => Array.from(line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g), ([, quoted, plain]) => quoted ?? plain ?? ''));

    expect(cells.length).toBeGreaterThan(HOSTILE.length * 10);
    // Numbers may be negative; no other cell begins so.
    for (const cell of cells) expect(/^[=+\-@\t\r]/.test(cell) && Number.isNaN(Number(cell)), cell).toBe(false);
  });

  it('in answers to mistakes is JSON that is not taken for anything else, short, and free of what is not seen', async () => {
    const bodies = [
      `{"node":${JSON.stringify('x'.repeat(5_000))}}`,
      '{"node":"\u001b[2J\u202e","latency":"\u001b]0;owned\u0007"}',
      '\u001b[31m not json',
      `{"node":"a","metrics":{${JSON.stringify('<script>'.repeat(20))}:1}}`,
      `{"node":"a","timestamp":${JSON.stringify('\u001b'.repeat(500))}}`,
    ];

    for (const body of bodies) {
      const response = await postText(`${nester.url}/api/report`, body, { 'content-type': 'application/json' });
      const text = await response.text();
      expect(response.status).toBe(400);
      expect(response.headers.get('content-type')).toBe('application/problem+json');
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(text.length).toBeLessThan(2_000);
      expect(UNSEEN.test(text), text).toBe(false);
      for (const { message } of (JSON.parse(text) as { errors: { message: string }[] }).errors) expect(UNSEEN.test(message), message).toBe(false);
    }
    for (const path of ['/api/reports?limit=%1b[31m', '/api/nodes/%1b%5b31m', '/api/reports?format=%3Cscript%3E', '/%1b']) {
      const answer = await exchangeRaw(nester.port, `GET ${path} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: reader\r\nConnection: close\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 40[04] /);
      expect(UNSEEN.test(answer.replaceAll('\r\n', '\n')), answer).toBe(false);
    }
  });

  it('on disk has no file whose name came from outside', () => {
    const names = readdirSync(nester.dataDir, { recursive: true, encoding: 'utf8' });

    for (const name of names) expect(name).toMatch(/^(log|log\/\d{9}\.log|data\.json|history\.json|sessions\.json|format\.json|status\.log|inventory\.log|nester\.lock)(\.[\w.-]+)?$/);
    expect(readdirSync(join(nester.dataDir, '..')).filter((name) => /calc|cron|reboot/.test(name))).toEqual([]);
  });

  it('in its log has one line an event, and nothing that moves a cursor', async () => {
    await fetch(`${nester.url}/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': '1.2.3.4 \u009b31m', 'user-agent': 'a\u0085b' },
      body: '{"password":"wrong one"}',
    });
    const log = nester.stderr();

    expect(log).toContain('a login failed');
    for (const line of log.trimEnd().split('\n')) {
      expect(UNSEEN.test(line), line).toBe(false);
      expect(typeof (JSON.parse(line) as { msg: unknown }).msg).toBe('string');
    }
  });
});

describe('what a Harvester says', () => {
  it('of a Nester that lies is one line, and free of what is not seen', async () => {
    const { createServer } = await import('node:http');
    const liar = createServer((request, response) => {
      request.resume();
      response.writeHead(503, { 'Content-Type': 'application/problem+json' });
      response.end(JSON.stringify({ detail: 'busy \u001b]0;owned\u0007\u202e\n\u2028next line: all is well' }));
    });
    await new Promise<void>((resolve) => liar.listen(0, '127.0.0.1', resolve));
    const { port } = liar.address() as { port: number };

    const { stderr } = await runProgram('harvester.js', ['once'], {
      env: { NESTER: `http://127.0.0.1:${port}`, HARVESTER_STATE_DIR: makeFolder(), HARVESTER_SCAN: 'off', HARVESTER_PINGS: '1', HARVESTER_NODE: 'a' },
    });
    liar.close();

    expect(stderr).toContain('busy');
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(UNSEEN.test(stderr), stderr).toBe(false);
  });
});
