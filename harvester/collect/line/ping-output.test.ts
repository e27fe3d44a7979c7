import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parsePing } from './ping-output.ts';

const output = (name: string): string => readFileSync(new URL(`fixtures/${name}.txt`, import.meta.url), 'latin1');

describe('ping output', () => {
  it.each([
    ['iputils-some-lost', 11, 15],
    ['iputils-no-answer', 0, 3],
    ['iputils-unreachable', 0, 3],
    ['iputils-interrupted', 0, 4],
    ['busybox-some-lost', 11, 15],
    ['busybox-no-answer', 0, 3],
    ['macos-no-answer', 0, 3],
    ['windows-english-unreachable', 0, 2],
  ])('counts the answers and the requests of %s', (name, answers, sent) => {
    const parsed = parsePing(output(name));

    expect(parsed.roundTrips).toHaveLength(answers);
    expect(parsed.sent).toBe(sent);
  });

  it.each([
    ['windows-english', [0.5, 3, 12], 4],
    ['windows-french', [0.5, 3, 12], 4],
    ['windows-german', [0.5, 3, 12], 4],
    ['windows-english-ipv6', [2, 0.5], 2],
    ['iputils-german', [1.23, 0.87], 2],
    ['iputils-french', [1.23, 0.874], 3],
    ['macos', [2.31, 3.017, 1204.118], 4],
  ])('reads the round trips of %s, whatever its language', (name, roundTrips, sent) => {
    const parsed = parsePing(output(name));

    expect(parsed).toEqual({ roundTrips, sent });
  });

  it('leaves out copies of an answer, marked or not', () => {
    const text = [
      '64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=1.00 ms',
      '64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=1.20 ms (DUP!)',
      '64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=1.40 ms',
      '64 bytes from 10.0.0.1: icmp_seq=2 ttl=64 time=2.00 ms',
    ].join('\n');

    expect(parsePing(text).roundTrips).toEqual([1, 2]);
  });

  it('finds nothing in the output of a ping that was refused or that is none', () => {
    for (const text of ['ping: socket: Operation not permitted', 'Usage: ping [OPTIONS] HOST', '', '\0\xff\xfe'.repeat(50)]) {
      expect(parsePing(text)).toEqual({ roundTrips: [], sent: undefined });
    }
  });

  it('finds nothing in bytes at random, where numbers may agree by chance', () => {
    expect(parsePing('\x07\xe9 2 ~ 2 \x9c 0%\n\0time=1 ms')).toEqual({ roundTrips: [], sent: undefined });
  });

  it('believes no statistics whose numbers do not agree', () => {
    for (const text of ['4 sent, 4 received, 50% loss', '4 sent, 9 received, 0% loss', '0 sent, 0 received, 0% loss', '12%', 'disk 4 is 93% full']) {
      expect(parsePing(text).sent).toBeUndefined();
    }
  });

  it('never throws and never makes a number up that is not in the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        for (const value of parsePing(text).roundTrips) expect(value).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('reads back every time a ping can print', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9_999_999 }), fc.constantFrom('.', ','), fc.constantFrom('', ' '), (micros, point, space) => {
        const text = (micros / 1000).toFixed(3).replace('.', point);

        const parsed = parsePing(`64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=${text}${space}ms`);

        expect(parsed.roundTrips).toEqual([micros / 1000]);
      }),
    );
  });

  it('reads megabytes of almost answers in time linear in them', () => {
    const text = `${'time=1'.repeat(200_000)}\n${'= 1 '.repeat(200_000)}\n${'9'.repeat(1_000_000)}`;

    const began = performance.now();
    parsePing(text);

    expect(performance.now() - began).toBeLessThan(5_000);
  });
});
