import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pingCommands, pingDeadlineMs, planPings } from './ping-command.ts';

describe('ping command', () => {
  it('names count, spacing and wait in the words of each system', () => {
    const plan = { count: 10, spacingMs: 200, waitMs: 2_000 };

    expect(pingCommands('linux', '10.0.0.1', plan)[0]).toEqual({ command: 'ping', args: ['-n', '-c', '10', '-i', '0.2', '-W', '2', '10.0.0.1'] });
    expect(pingCommands('darwin', '10.0.0.1', plan)[0]).toEqual({ command: 'ping', args: ['-n', '-c', '10', '-i', '0.2', '10.0.0.1'] });
    expect(pingCommands('darwin', '::1', plan)[0]?.command).toBe('ping6');
    expect(pingCommands('win32', '10.0.0.1', plan)).toEqual([{ command: 'ping', args: ['-n', '10', '-w', '2000', '10.0.0.1'] }]);
  });

  it('falls back to a call that the oldest ping understands', () => {
    const plain = pingCommands('linux', '10.0.0.1', { count: 3, spacingMs: 200, waitMs: 500 }).at(-1);

    expect(plain?.args).toEqual(['-n', '-c', '3', '10.0.0.1']);
  });

  it('sends all pings where they fit into the interval', () => {
    expect(planPings('linux', 10, 10_000)).toEqual({ count: 10, spacingMs: 200, waitMs: 2_000 });
    expect(planPings('win32', 10, 60_000).count).toBe(10);
  });

  it('never plans a round longer than its interval', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 604_800 }), (pings, seconds) => {
        const plan = planPings('linux', pings, seconds * 1000);

        expect(plan.count).toBeGreaterThanOrEqual(1);
        expect(plan.count).toBeLessThanOrEqual(pings);
        expect(pingDeadlineMs('linux', plan)).toBeLessThanOrEqual(seconds * 1000);
      }),
    );
  });
});
