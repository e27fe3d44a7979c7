import { describe, expect, it } from 'vitest';
import { createManualClock } from '../state/manual-clock.ts';
import { createLive } from './broadcast.ts';
import type { LiveLimits } from './live.ts';
import { createRecordedSocket, type Frame } from './recorded-socket.ts';
import type { NodeState } from '../../protocol/node-state.ts';

const aNode = (node: string, latency = 1): NodeState => ({
  node,
  status: 'online',
  since: 1,
  ip: null,
  devices: null,
  latency,
  loss: null,
  jitter: null,
  metrics: {},
  targets: [],
  labels: {},
  agent: null,
  timestamp: '2026-11-22T08:00:00.000Z',
  receivedAt: 1,
  interval: 60,
  nextDue: 60_001,
  connected: false,
});

/** Live, with a truth of numbered reports behind it. Unless told, the second frame in a row has to wait. */
function aLive({ earlyFrames = 1, ...limits }: Partial<LiveLimits> = {}) {
  const clock = createManualClock();
  const truth = { seq: 0, nodes: [] as NodeState[], asked: 0 };
  const live = createLive({
    snapshot() {
      truth.asked++;
      return { cursor: `e-${truth.seq}`, nodes: truth.nodes };
    },
    now: clock.now,
    schedule: clock.schedule,
    limits: { earlyFrames, ...limits },
  });
  return {
    clock,
    truth,
    live,
    /** Publishes the next reports. */
    report: (count = 1, padding = ''): void => {
      const texts: string[] = [];
      for (let made = 0; made < count; made++) texts.push(JSON.stringify({ n: ++truth.seq, padding }));
      live.publishReports(`e-${truth.seq}`, texts);
    },
    view: (cursor?: string, socket = createRecordedSocket()) => {
      live.accept(socket, cursor);
      return socket;
    },
  };
}

const types = (frames: Frame[]): string[] => frames.map(({ type }) => type);
/** Numbers of the reports in the frames, in order. */
const numbers = (frames: Frame[]): number[] =>
  frames.flatMap(({ reports }) => ((reports ?? []) as { n: number }[]).map(({ n }) => n));

describe('live, following', () => {
  it('starts a viewer with a snapshot', () => {
    const { view, truth, clock } = aLive();
    truth.nodes = [aNode('a')];
    truth.seq = 7;

    expect(view().frames()).toEqual([
      { type: 'snapshot', protocol: 1, cursor: 'e-7', serverTime: clock.now(), nodes: [aNode('a')] },
    ]);
  });

  it('sends a lone report at once', () => {
    const { view, report } = aLive();
    const viewer = view();

    report();

    expect(viewer.frames().at(-1)).toEqual({ type: 'reports', cursor: 'e-1', reports: [{ n: 1, padding: '' }] });
  });

  it('sends at once a lone report and what it changed, and gathers what follows', () => {
    const { live, view, report, clock } = aLive();
    const viewer = view();
    const reportAndState = (): void => {
      live.together(() => {
        report();
        live.publishNodes([aNode('a')]);
      });
    };

    reportAndState();
    expect(types(viewer.frames())).toEqual(['snapshot', 'reports', 'nodes']);
    reportAndState();
    expect(viewer.frames()).toHaveLength(3);
    clock.advance(50);

    expect(types(viewer.frames().slice(3))).toEqual(['reports', 'nodes']);
  });

  it('gathers what comes within 50 ms of the last frame into one, in order', () => {
    const { view, report, clock, live } = aLive();
    const viewer = view();
    report();

    report(2);
    clock.advance(49);
    report();
    live.publishNodes([aNode('a')]);
    live.publishNodes([aNode('b')]);
    live.publishRemoved(['a']);
    expect(viewer.frames()).toHaveLength(2);
    clock.advance(1);

    const frames = viewer.frames().slice(2);
    expect(types(frames)).toEqual(['reports', 'nodes', 'removed']);
    expect(frames[0]?.cursor).toBe('e-4');
    expect(numbers(frames)).toEqual([2, 3, 4]);
    expect(frames[1]?.nodes).toEqual([aNode('a'), aNode('b')]);
    clock.advance(50);
    report();
    expect(numbers(viewer.frames())).toEqual([1, 2, 3, 4, 5]);
  });

  it('keeps nobody waiting for reports that come one by one, and a flood to one frame each 50 ms', () => {
    const { view, report, clock } = aLive({ earlyFrames: 3 });
    const viewer = view();
    const framesAfter = (happen: () => void): number => {
      const before = viewer.frames().length;
      happen();
      return viewer.frames().length - before;
    };

    for (let second = 0; second < 20; second++) {
      expect(framesAfter(report)).toBe(1);
      clock.advance(50);
    }
    expect(framesAfter(() => [1, 2, 3].forEach(() => report()))).toBe(3);
    expect(framesAfter(report)).toBe(0);
    const flood = framesAfter(() => {
      for (let ms = 0; ms < 1_000; ms++) {
        report();
        clock.advance(1);
      }
    });
    expect(flood).toBe(20);
    clock.advance(150);
    expect(framesAfter(() => [1, 2, 3].forEach(() => report()))).toBe(3);

    expect(numbers(viewer.frames())).toEqual(Array.from({ length: 1_027 }, (_, at) => at + 1));
  });

  it('does not gather more than a frame holds', () => {
    const { view, report } = aLive();
    const viewer = view();
    report();

    for (let made = 0; made < 4; made++) report(1, 'x'.repeat(100_000));

    expect(numbers(viewer.frames())).toEqual([1, 2, 3, 4]);
  });

  it('gives the very same bytes to every viewer', () => {
    const { view, report } = aLive();
    const [first, second] = [view(), view()];

    report();

    expect(second.raw).toHaveLength(2);
    expect(first.raw.map((frame, at) => frame === second.raw[at])).toEqual([true, true]);
  });

  it('tells a viewer that comes while reports are gathered each of them once', () => {
    const { view, report, clock } = aLive();
    view();
    report();
    report();

    const viewer = view();
    clock.advance(1_000);
    report();

    expect(viewer.frames()[0]).toMatchObject({ type: 'snapshot', cursor: 'e-2' });
    expect(numbers(viewer.frames())).toEqual([3]);
  });

  it('says nothing of nothing', () => {
    const { view, live } = aLive();
    const viewer = view();

    live.publishReports('e-0', []);
    live.publishNodes([]);
    live.publishRemoved([]);

    expect(viewer.raw).toHaveLength(1);
  });

  it('sends nothing to a viewer that is closing, and forgets one that closed', () => {
    const { view, report, live, clock } = aLive();
    const [closing, gone] = [view(), view()];
    closing.close(1000, '');
    gone.hangUp();

    report();

    expect([closing.raw.length, gone.raw.length, live.count()]).toEqual([1, 1, 1]);
    closing.hangUp();
    clock.advance(1_000);
    expect([live.count(), clock.pending()]).toEqual([0, 0]);
  });

  it('takes no notice of a socket that closed before it was handed over', () => {
    const { live } = aLive();
    const socket = createRecordedSocket();
    socket.hangUp();

    live.accept(socket, undefined);

    expect([live.count(), socket.raw.length]).toEqual([0, 0]);
  });
});

describe('live, snapshots', () => {
  it('serialises the states once while nothing changes, and says the time anew', () => {
    const { view, truth, clock } = aLive();
    const first = view();
    clock.advance(5_000);
    const second = view();

    expect(truth.asked).toBe(1);
    expect(second.frames()[0]?.serverTime).toBe(clock.now());
    expect(second.frames()[0]?.serverTime).not.toBe(first.frames()[0]?.serverTime);
  });

  it('lets a crowd that comes while things change share a few', () => {
    const { view, truth, clock, report } = aLive();
    const crowd: ReturnType<typeof view>[] = [];

    for (let came = 0; came < 500; came++) {
      crowd.push(view());
      report();
      clock.advance(1);
    }
    clock.advance(1_000);

    expect(truth.asked).toBeLessThanOrEqual(6);
    for (const { frames } of crowd) {
      const [first, ...rest] = frames();
      const from = Number(String(first?.cursor).slice(2));
      expect(first?.type).toBe('snapshot');
      expect(numbers(rest)).toEqual(Array.from({ length: 500 - from }, (_, at) => from + at + 1));
    }
  });
});

describe('live, slow viewers', () => {
  it('keeps no more than the limit and a frame for a viewer that does not read, then sends a snapshot', () => {
    const { view, report, clock, truth } = aLive();
    const [slow, quick] = [view(), view()];
    slow.stall();

    for (let sent = 0; sent < 300; sent++) {
      report(1, 'x'.repeat(10_000));
      clock.advance(50);
    }
    expect(slow.bufferedAmount).toBeLessThan(1024 * 1024 + 2 * 10_100);
    expect(slow.bufferedAmount).toBeGreaterThan(1024 * 1024);
    const before = slow.raw.length;
    truth.nodes = [aNode('a')];
    slow.drain();
    report();

    const after = slow.frames().slice(before);
    expect(types(after)).toEqual(['snapshot', 'reports']);
    expect(after[0]).toMatchObject({ cursor: 'e-300', nodes: [aNode('a')] });
    expect(numbers(after)).toEqual([301]);
    expect(numbers(quick.frames())).toHaveLength(301);
  });

  it('lets a viewer follow while a snapshot bigger than the limit is on its way', () => {
    const { view, report, clock, truth } = aLive();
    truth.nodes = [aNode('x'.repeat(2 * 1024 * 1024))];
    const socket = createRecordedSocket();
    socket.stall();

    const viewer = view(undefined, socket);
    report();
    clock.advance(50);
    report();
    expect(viewer.bufferedAmount).toBeGreaterThan(2 * 1024 * 1024);
    viewer.drain();

    expect(types(viewer.frames())).toEqual(['snapshot', 'reports', 'reports']);
    expect(numbers(viewer.frames())).toEqual([1, 2]);
  });
});

describe('live, coming back with a cursor', () => {
  it('sends only what was missed', () => {
    const { view, report, live, clock } = aLive();
    report();
    report();
    clock.advance(50);
    live.publishNodes([aNode('a')]);
    report();

    const viewer = view('e-1');

    const frames = viewer.frames();
    expect(types(frames)).toEqual(['reports', 'nodes', 'reports']);
    expect(numbers(frames)).toEqual([2, 3]);
    report();
    clock.advance(50);
    expect(numbers(viewer.frames())).toEqual([2, 3, 4]);
  });

  it('sends nothing when nothing was missed', () => {
    const { view, report, clock } = aLive();
    report();
    clock.advance(50);

    const viewer = view('e-1');
    expect(viewer.raw).toEqual([]);

    report();
    expect(numbers(viewer.frames())).toEqual([2]);
  });

  it.each(['', 'garbage', 'other-2', 'e-0', 'e-99', 'e-1.5'])('starts with a snapshot from the cursor %j', (cursor) => {
    const { view, report } = aLive();
    report();
    report();

    expect(types(view(cursor).frames())).toEqual(['snapshot']);
  });

  it('starts with a snapshot when too much was missed', () => {
    const { view, report, clock } = aLive({ keptItems: 10 });
    report();
    clock.advance(50);
    report(6);
    clock.advance(50);
    report(6);

    expect(types(view('e-1').frames())).toEqual(['snapshot']);
    expect(types(view('e-13').frames())).toEqual([]);
  });

  it('starts with a snapshot after a restart, though the cursor is the newest: statuses may differ', () => {
    const { view, truth } = aLive();
    truth.seq = 5;

    expect(types(view('e-5').frames())).toEqual(['snapshot']);
  });

  it('knows a cursor that saw reports go after the newest came', () => {
    const { view, report, truth, live, clock } = aLive();
    report();
    live.publishRemoved(['a']);
    truth.seq = 4;
    clock.advance(50);

    expect(types(view('e-4').frames())).toEqual(['removed']);
  });

  it('gives the same bytes to a crowd that missed the same', () => {
    const { view, report } = aLive();
    report();
    report(3);

    const [first, second] = [view('e-1'), view('e-1')];

    expect(first.raw).toHaveLength(1);
    expect(first.raw[0]).toBe(second.raw[0]);
  });
});

describe('live, heartbeat', () => {
  it('pings every 25 s, and cuts a viewer that left two pings unanswered', () => {
    const { view, live, clock } = aLive();
    const [alive, dead] = [view(), view()];

    for (let beat = 0; beat < 3; beat++) {
      clock.advance(24_999);
      expect(dead.pings).toBe(beat);
      clock.advance(1);
      alive.pong();
      if (beat < 2) expect(dead.terminated).toBe(false);
    }

    expect([dead.terminated, dead.pings, alive.terminated, alive.pings, live.count()]).toEqual([true, 2, false, 3, 1]);
  });
});

describe('live, viewers that talk', () => {
  it.each([
    ['{"type":"hello"}', 'unknown type "hello": viewers only listen'],
    ['{}', 'expected a JSON object with a type'],
    ['[null]', 'expected a JSON object with a type'],
    ['{', 'not valid JSON'],
    ['['.repeat(500), 'nested deeper'],
  ])('answers %j with an error', (text, message) => {
    const { view } = aLive();
    const viewer = view();

    viewer.say(text);

    expect(viewer.frames().at(-1)?.type).toBe('error');
    expect(viewer.frames().at(-1)?.message).toContain(message);
  });

  it('answers bytes with an error', () => {
    const { view } = aLive();
    const viewer = view();

    viewer.say('{"type":"hello"}', true);

    expect(viewer.frames().at(-1)).toEqual({ type: 'error', message: 'expected text, got a binary frame' });
  });

  it('answers no flood', () => {
    const { view, clock } = aLive();
    const viewer = view();

    for (let said = 0; said < 1_000; said++) viewer.say('{"type":"hello"}');
    expect(viewer.raw).toHaveLength(11);
    clock.advance(25_000);
    viewer.say('{"type":"hello"}');

    expect(viewer.raw).toHaveLength(12);
  });
});

describe('live, stopping', () => {
  it('sends what is gathered, says goodbye, and takes nobody any more', () => {
    const { view, report, live, clock } = aLive();
    const viewer = view();
    report();
    report();

    live.close();
    live.close();
    report();
    const late = view();

    expect(numbers(viewer.frames())).toEqual([1, 2]);
    expect([viewer.closed?.code, late.closed?.code]).toEqual([1001, 1001]);
    viewer.hangUp();
    expect([live.count(), clock.pending()]).toEqual([0, 0]);
  });

  it('cuts who does not answer the goodbye', () => {
    const { view, live, clock } = aLive();
    const viewer = view();

    live.close();
    clock.advance(2_000);

    expect(viewer.terminated).toBe(true);
  });
});
