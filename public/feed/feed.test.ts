import { describe, expect, it } from 'vitest';
import type { ViewerFrame } from '../../protocol/frames.ts';
import type { Connection } from './connection.ts';
import { ANSWER_MS, createFeed, QUIET_MS, TICK_MS } from './feed.ts';
import type { FeedSocketEvents } from './socket.ts';

const SNAPSHOT = '{"type":"snapshot","protocol":1,"cursor":"a-1","serverTime":5,"nodes":[]}';
const REPORTS = '{"type":"reports","cursor":"a-2","reports":[]}';

/** A feed on a line and a clock that the test holds in its hands. */
function aFeed() {
  let nowMs = 1_000_000;
  let events: FeedSocketEvents | undefined;
  let addressOf: () => string = () => '';
  let ring = (): void => undefined;
  const frames: ViewerFrame[] = [];
  const connections: Connection[] = [];
  const order: string[] = [];
  const line = { sent: [] as string[], reconnects: 0, closed: false, ticking: true };

  const feed = createFeed({
    address: new URL('ws://nester.test/path/ws'),
    openSocket(address, socketEvents) {
      addressOf = address;
      events = socketEvents;
      return {
        send: (text) => line.sent.push(text),
        reconnect: () => line.reconnects++,
        close: () => (line.closed = true),
      };
    },
    now: () => nowMs,
    every(_periodMs, callback) {
      ring = callback;
      return () => (line.ticking = false);
    },
    onFrame(frame) {
      frames.push(frame);
      order.push(frame.type);
    },
    onBroken: () => undefined,
    onConnection(connection) {
      connections.push(connection);
      order.push(connection.phase);
    },
  });
  feed.start();
  if (!events) throw new Error('the feed opened no socket');
  const { opened, message, broken } = events;

  return {
    feed, frames, connections, order, line, opened, message, broken,
    address: () => addressOf(),
    last: () => connections.at(-1),
    now: () => nowMs,
    /** Time passes, with the feed awake. */
    pass: (ms: number) => {
      const endMs = nowMs + ms;
      while (nowMs < endMs) {
        nowMs = Math.min(endMs, nowMs + TICK_MS);
        ring();
      }
    },
    /** Time passes, and nothing on this device runs. */
    sleep: (ms: number) => {
      nowMs += ms;
    },
    goLive: () => {
      opened();
      message(SNAPSHOT);
    },
  };
}

describe('feed', () => {
  it('asks for everything first, and after a break for what came since the last frame', () => {
    const { address, opened, message, broken } = aFeed();
    const addresses = [address()];

    opened();
    message(SNAPSHOT);
    addresses.push(address());
    message(REPORTS);
    broken();
    addresses.push(address());

    expect(addresses).toEqual([
      'ws://nester.test/path/ws',
      'ws://nester.test/path/ws?cursor=a-1',
      'ws://nester.test/path/ws?cursor=a-2',
    ]);
  });

  it('becomes live with the snapshot, and says so before it hands the snapshot on', () => {
    const { order, opened, message } = aFeed();

    opened();
    const afterOpened = [...order];
    message(SNAPSHOT);

    expect(afterOpened).toEqual(['opening']);
    expect(order).toEqual(['opening', 'live', 'snapshot']);
  });

  it('is live again when it is let in with its cursor, for nothing may have been missed', () => {
    const { goLive, broken, opened, pass, last, now } = aFeed();
    goLive();
    broken();
    pass(5_000);

    opened();

    expect(last()).toEqual({ phase: 'live', sinceMs: now() });
  });

  it('says since when it is not live, through all attempts that fail', () => {
    const { goLive, broken, pass, last, now } = aFeed();
    goLive();
    pass(10_000);
    const brokeAtMs = now();

    broken();
    pass(60_000);
    broken();

    expect(last()).toEqual({ phase: 'lost', sinceMs: brokeAtMs });
  });

  it('hands on what it knows and ignores the rest', () => {
    const { goLive, message, frames } = aFeed();
    goLive();

    message('{"type":"weather"}');
    message('not json');
    message('{"type":"nodes","nodes":[]}');

    expect(frames.map(({ type }) => type)).toEqual(['snapshot', 'nodes']);
  });

  it('asks a quiet Nester for a sign of life, and goes on when it answers', () => {
    const { goLive, message, pass, last, line } = aFeed();
    goLive();

    pass(QUIET_MS);
    const asked = line.sent.length;
    message('{"type":"error","message":"unknown type"}');
    pass(ANSWER_MS + TICK_MS);

    expect(asked).toBe(1);
    expect(last()?.phase).toBe('live');
    expect(line.reconnects).toBe(0);
  });

  it('does not ask while Nester is heard', () => {
    const { goLive, message, pass, line } = aFeed();
    goLive();

    for (let round = 0; round < 10; round++) {
      pass(QUIET_MS - TICK_MS);
      message(REPORTS);
    }

    expect(line.sent).toEqual([]);
  });

  it('gives up a line that died in silence, and is not live since it was last heard', () => {
    const { goLive, pass, last, line, now } = aFeed();
    pass(4_000);
    goLive();
    const lastHeardMs = now();

    pass(QUIET_MS + ANSWER_MS);

    expect(last()).toEqual({ phase: 'lost', sinceMs: lastHeardMs });
    expect(line.reconnects).toBe(1);
  });

  it('dates the loss to when the device fell asleep, if the line broke meanwhile', () => {
    const { goLive, pass, sleep, broken, last, now } = aFeed();
    goLive();
    pass(10_000);
    const asleepAtMs = now();

    sleep(7_200_000);
    broken();

    expect(last()).toEqual({ phase: 'lost', sinceMs: asleepAtMs });
  });

  it('asks at once when told to check a live line', () => {
    const { goLive, feed, pass, last, line } = aFeed();
    goLive();

    feed.check();
    const asked = line.sent.length;
    pass(ANSWER_MS);

    expect(asked).toBe(1);
    expect(last()?.phase).toBe('lost');
  });

  it('tries again at once when told to check a lost line', () => {
    const { goLive, broken, feed, line } = aFeed();
    goLive();
    broken();

    feed.check();

    expect(line.reconnects).toBe(1);
  });

  it('does not disturb a first connection that is being made', () => {
    const { feed, line } = aFeed();

    feed.check();

    expect(line).toMatchObject({ sent: [], reconnects: 0 });
  });

  it('closes its socket and its timer when stopped', () => {
    const { feed, line } = aFeed();

    feed.stop();

    expect(line).toMatchObject({ closed: true, ticking: false });
  });
});
