import { describe, expect, it } from 'vitest';
import { createWaitingRoom } from './waiting-room.ts';

const NEVER = new AbortController().signal;

describe('the waiting room', () => {
  it('calls everyone at the next news', async () => {
    const room = createWaitingRoom({ limit: 10 });
    const waits = [room.wait(60_000, NEVER), room.wait(60_000, NEVER)];

    room.announce();

    expect(await Promise.all(waits)).toEqual([true, true]);
  });

  it('sends one away whose asker is gone, and frees the place', async () => {
    const room = createWaitingRoom({ limit: 1 });
    const gone = new AbortController();
    const wait = room.wait(60_000, gone.signal);
    const wasFull = room.isFull();

    gone.abort();

    expect(await wait).toBe(false);
    expect([wasFull, room.isFull()]).toEqual([true, false]);
  });

  it('lets nobody wait after it closed', async () => {
    const room = createWaitingRoom({ limit: 10 });
    const wait = room.wait(60_000, NEVER);

    room.close();

    expect(await wait).toBe(false);
    expect(await room.wait(60_000, NEVER)).toBe(false);
  });
});
