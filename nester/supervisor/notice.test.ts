import { describe, expect, it } from 'vitest';
import { createNotice } from './notice.ts';

function rig(environment: Record<string, string>) {
  const sent: string[] = [];
  const tasks = new Map<() => void, number>();
  const notice = createNotice({
    environment,
    pid: 7,
    send: (...lines) => void sent.push(...lines),
    every(ms, task) {
      tasks.set(task, ms);
      return () => tasks.delete(task);
    },
  });
  return {
    notice,
    /** What was sent since the last look. */
    sent: () => sent.splice(0),
    /** Rings whatever is to ring, and says how often that is. */
    ring: () => Array.from(tasks, ([task, ms]) => (task(), ms)),
  };
}

const asked = { NOTIFY_SOCKET: '/run/systemd/notify', WATCHDOG_USEC: '60000000', WATCHDOG_PID: '7' };

describe('what a supervisor hears', () => {
  it('is nothing where it did not ask', () => {
    const { notice, sent, ring } = rig({ WATCHDOG_USEC: '60000000' });

    notice.ready();
    notice.end();

    expect([ring(), sent()]).toEqual([[], []]);
  });

  it('is that the start needs more time, that it is ready, then signs of life, then the end', () => {
    const { notice, sent, ring } = rig(asked);

    expect([ring(), sent()]).toEqual([[15_000], ['EXTEND_TIMEOUT_USEC=60000000']]);
    notice.ready();
    expect(sent()).toEqual(['READY=1']);
    expect([ring(), sent()]).toEqual([[30_000], ['WATCHDOG=1']]);
    notice.end();
    expect([ring(), sent()]).toEqual([[], ['STOPPING=1']]);
  });

  it.each([{ ...asked, WATCHDOG_PID: '8' }, { NOTIFY_SOCKET: '@x' }, { ...asked, WATCHDOG_USEC: '0' }, { ...asked, WATCHDOG_USEC: 'x' }])('has no signs of life that nobody waits for: %o', (environment) => {
    const { notice, ring } = rig(environment);

    notice.ready();

    expect(ring()).toEqual([]);
  });
});
