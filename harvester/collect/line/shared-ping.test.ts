import { describe, expect, it } from 'vitest';
import type { Pinged } from './ping.ts';
import { shareWhileUnderWay } from './shared-ping.ts';

describe('a shared ping', () => {
  it('asks an address once for all who want to know at the same time, and anew afterwards', async () => {
    const asked: string[] = [];
    const ping = shareWhileUnderWay((address) => {
      asked.push(address);
      return Promise.resolve<Pinged>({ kind: 'measured', quality: { latency: asked.length, loss: 0, jitter: 0 } });
    });

    const [main, gateway, other] = await Promise.all([ping('10.0.0.1'), ping('10.0.0.1'), ping('10.0.0.2')]);
    const later = await ping('10.0.0.1');

    expect(asked).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.1']);
    expect(gateway).toBe(main);
    expect(other).not.toBe(main);
    expect(later).toMatchObject({ quality: { latency: 3 } });
  });
});
