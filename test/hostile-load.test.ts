import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { afterAll, describe, expect, it } from 'vitest';
import { type RunningNester, startNester } from './support/program.ts';
import { surround } from './support/hostile-crowd.ts';
import { until } from './support/requests.ts';

/** Honest senders among those who mean harm. How fast they are answered, the bench says. */

const MOST_KIB = 400 * 1024;

let nester: RunningNester | undefined;
afterAll(() => nester?.kill());

/** From an address of its own. */
function post(url: string, report: object, localAddress: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify(report);
    request(`${url}/api/report`, { method: 'POST', localAddress, headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    })
      .on('error', reject)
      .end(body);
  });
}

/** The most memory that the process ever had, KiB. */
function peakKiB(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

describe('among slow connections, half-open upgrades, pages that never read and a flood of invalid reports', () => {
  it('each honest report is acknowledged and kept, and memory stays within bounds', async () => {
    nester = await startNester();
    const { url } = nester;
    const crowd = await surround(url, { slow: 1_000, halfOpen: 1_000, deaf: 100, floods: 64, from: '127.0.0.2' });
    await until('the flood is answered', () => (crowd.answers.get('400') ?? 0) > 100);

    const statuses: number[] = [];
    for (let round = 0; round < 40; round++) {
      statuses.push(...(await Promise.all(Array.from({ length: 5 }, (_, site) => post(url, { node: `honest-${site}`, labels: { text: 'x'.repeat(90) } }, '127.0.0.3')))));
    }
    // It is the flood that is turned away.
    await until('the flood is refused unread', () => (crowd.answers.get('429') ?? 0) > 1_000);
    const open = crowd.open();
    const peak = peakKiB(nester.process.pid ?? 0);
    crowd.disperse();
    const kept = (await (await fetch(`${url}/api/reports`)).json()) as { node: string }[];

    expect(statuses).toEqual(statuses.map(() => 201));
    expect(kept).toHaveLength(200);
    expect(open).toBeGreaterThan(100);
    expect(peak).toBeLessThan(MOST_KIB);
    expect([...crowd.answers.keys()].toSorted()).toEqual(['400', '429']);
  });
});
