import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeReport } from '../../../protocol/report.ts';
import type { ChildResult, RunChild } from '../child.ts';
import { createMemorySystemFiles } from '../machine/memory-system-files.ts';
import { readMac } from './hardware-address.ts';
import { readArpOutput, readProcArp } from './neighbour-table.ts';
import { createArpNeighbours, createProcNeighbours } from './neighbours.ts';

const output = (name: string): Buffer => readFileSync(new URL(`fixtures/${name}.txt`, import.meta.url));
const TWO = new Map([
  ['192.168.1.1', 'a4:b1:c1:00:09:07'],
  ['192.168.1.23', '3c:22:fb:8a:01:d0'],
]);

function arpEnding(result: Partial<ChildResult>): { run: RunChild; asked: string[] } {
  const asked: string[] = [];
  const run: RunChild = (command, args) => {
    asked.push([command, ...args].join(' '));
    return Promise.resolve({ outcome: 'exited', code: 0, stdout: Buffer.alloc(0), stderr: '', ...result });
  };
  return { run, asked };
}

describe('neighbour table', () => {
  it.each(['arp-macos', 'arp-windows-english', 'arp-windows-french', 'arp-windows-german'])('is read from %s, without broadcast and multicast', async (name) => {
    const { run } = arpEnding({ stdout: output(name) });

    expect(await createArpNeighbours(run, 'win32')()).toEqual({ ok: true, value: TWO });
  });

  it('is read from the kernel of Linux: those who have answered', async () => {
    const files = createMemorySystemFiles({ '/proc/net/arp': output('proc-arp').toString() });

    expect(await createProcNeighbours(files)()).toEqual({ ok: true, value: new Map([...TWO, ['192.168.1.60', '02:42:ac:11:00:02']]) });
    expect(await createProcNeighbours(createMemorySystemFiles())()).toMatchObject({ ok: false, errors: [{ message: '/proc/net/arp cannot be read' }] });
  });

  it('asks for no names on macOS', async () => {
    const [mac, windows] = [arpEnding({}), arpEnding({})];

    await createArpNeighbours(mac.run, 'darwin')();
    await createArpNeighbours(windows.run, 'win32')();

    expect([...mac.asked, ...windows.asked]).toEqual(['arp -a -n', 'arp -a']);
  });

  it.each([
    [{ outcome: 'overflow' }, 'arp printed more than 1024 KiB'],
    [{ outcome: 'deadline' }, 'arp took longer than 5 s'],
    [{ outcome: 'missing', code: null, stderr: 'spawn arp ENOENT' }, 'spawn arp ENOENT'],
    [{ code: 1, stderr: 'arp: \u001b[31mno\nway' }, 'arp gave no table (exited, code 1): arp: [31mno way'],
  ] as const)('is not known when %j, and the reason is one line', async (result, reason) => {
    const found = await createArpNeighbours(arpEnding(result).run, 'darwin')();

    expect(found).toMatchObject({ ok: false, errors: [{ message: expect.stringContaining(reason) }] });
  });

  it('holds only what a report may hold, whatever was printed', () => {
    const hostile = ['? ($(reboot)) at aa:bb:cc:dd:ee:02', '? (-oN/etc/x) at 02:bb:cc:dd:ee:02', '? (10.0.0.9) at ;reboot', '? (10.0.0.9) at 02:bb', '? (010.0.0.8) at 2:0:0:0:0:1', '\0\0'];
    expect(readArpOutput(hostile.join('\n')).size).toBe(0);
    const word = fc.oneof(fc.ipV4(), fc.string({ unit: 'binary' }), fc.constantFrom('at', '02:00:00:00:00:01', '2-0-0-0-0-1', '0x1', '0x2', '(10.0.0.1)'));

    fc.assert(
      fc.property(fc.array(fc.array(word).map((words) => words.join(' '))), (lines) => {
        for (const read of [readArpOutput, readProcArp]) {
          const hosts = [...read(lines.join('\n'))].map(([ip, mac]) => ({ ip, mac }));
          expect(decodeReport({ node: 'a', hosts: hosts.slice(0, 1024) }, 0)).toMatchObject({ ok: true });
        }
      }),
    );
  });

  it('takes megabytes of hostile lines in its stride', () => {
    const began = performance.now();
    readArpOutput(`${'? (10.0.0.1) at '.repeat(60_000)}\n${' '.repeat(500_000)}\n`);

    expect(performance.now() - began).toBeLessThan(5_000);
  });
});

describe('hardware address', () => {
  it('is written in one way, however it was written', () => {
    expect(['A4-B1-C1-00-09-07', 'a4:b1:c1:0:9:7'].map(readMac)).toEqual(['a4:b1:c1:00:09:07', 'a4:b1:c1:00:09:07']);
    expect(readMac('00:11:22:33:44:55:66:77')).toBe('00:11:22:33:44:55:66:77');
  });

  it.each(['', '(incomplete)', 'ff:ff:ff:ff:ff:ff', '01:00:5e:00:00:fb', '00:00:00:00:00:00', '02:00:00:00:00', '02:00:00:00:00:001', '02:00:00:00:00:0g'])('is none in %j', (text) => {
    expect(readMac(text)).toBeUndefined();
  });
});
