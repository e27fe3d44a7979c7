import { describe, expect, it } from 'vitest';
import { readPlainHead } from './plain-head.ts';

const HEAD = ['POST /api/report HTTP/1.1', 'Host: nester.example.org:5000', 'Content-Type: application/json', 'Content-Length: 12'];
const read = (...lines: string[]) => readPlainHead(lines.join('\r\n'), 20);

describe('a plain head', () => {
  it('is read: names in lower case, values without the spaces around them', () => {
    expect(read(...HEAD, 'X-API-Key:  se cret\t', 'Connection: Keep-Alive', 'Accept:')).toEqual({
      method: 'POST',
      url: '/api/report',
      length: 12,
      headers: {
        host: 'nester.example.org:5000',
        'content-type': 'application/json',
        'content-length': '12',
        'x-api-key': 'se cret',
        connection: 'Keep-Alive',
        accept: '',
      },
    });
  });

  it.each([
    ['another method', ['GET / HTTP/1.1', ...HEAD.slice(1)]],
    ['another version', ['POST /api/report HTTP/1.0', ...HEAD.slice(1)]],
    ['a query', ['POST /api/report?a=1 HTTP/1.1', ...HEAD.slice(1)]],
    ['a path with escapes', ['POST /api/%72eport HTTP/1.1', ...HEAD.slice(1)]],
    ['a whole address', ['POST http://x/api/report HTTP/1.1', ...HEAD.slice(1)]],
    ['two spaces', ['POST  /api/report HTTP/1.1', ...HEAD.slice(1)]],
    ['no host', HEAD.filter((line) => !line.startsWith('Host'))],
    ['no length', HEAD.slice(0, -1)],
    ['two lengths', [...HEAD, 'content-length: 12']],
    ['two lengths in one', [...HEAD.slice(0, -1), 'Content-Length: 12, 12']],
    ['a signed length', [...HEAD.slice(0, -1), 'Content-Length: +12']],
    ['a length in hexadecimal', [...HEAD.slice(0, -1), 'Content-Length: 0x12']],
    ['a length beyond all bounds', [...HEAD.slice(0, -1), 'Content-Length: 1234567890']],
    ['an encoding of the message', [...HEAD, 'Transfer-Encoding: chunked']],
    ['an encoding spelt with a space', [...HEAD, 'Transfer-Encoding : chunked']],
    ['something to expect', [...HEAD, 'Expect: 100-continue']],
    ['an upgrade', [...HEAD, 'Upgrade: h2c']],
    ['an end of the connection', [...HEAD, 'Connection: close']],
    ['more about the connection', [...HEAD, 'Connection: keep-alive, x-api-key']],
    ['a header twice', [...HEAD, 'X-Forwarded-For: 10.0.0.1', 'x-forwarded-for: 10.0.0.2']],
    ['a folded line', [...HEAD, 'X-Note: a', ' b']],
    ['a line feed alone', [...HEAD, 'X-Note: a\nTransfer-Encoding: chunked']],
    ['a carriage return alone', [...HEAD, 'X-Note: a\rTransfer-Encoding: chunked']],
    ['a NUL', [...HEAD, 'X-Note: a\0b']],
    ['a byte beyond ASCII', [...HEAD, 'X-Note: caf\xe9']],
    ['a line without a colon', [...HEAD, 'X-Note']],
    ['a name that is no token', [...HEAD, 'X Note: a']],
    ['a header without a name', [...HEAD, ': a']],
    ['the name of every object', [...HEAD, '__proto__: a']],
    ['too many headers', [...HEAD, ...Array.from({ length: 18 }, (_, index) => `X-${index}: a`)]],
    ['nothing', []],
  ])('does not have %s', (_, lines) => {
    expect(read(...lines)).toBeUndefined();
  });
});
