import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type RunningNester, startNester } from './support/program.ts';
import { openViewer, post, refusedUpgrade, type SeenFrame, type ViewerClient } from './support/viewer-client.ts';

/** What an open page gets from the built program over `/ws`, and what it may not do. */

let nester: RunningNester;
let mute: { viewer: ViewerClient; pings: number };
let answering: { viewer: ViewerClient; pings: number };

/** Opened first and looked at last: the heartbeat takes its time. */
async function countPings(autoPong: boolean) {
  const counted = { viewer: await openViewer(nester.url, '', { autoPong }), pings: 0 };
  counted.viewer.socket.on('ping', () => counted.pings++);
  return counted;
}

beforeAll(async () => {
  nester = await startNester();
  mute = await countPings(false);
  answering = await countPings(true);
});
afterAll(async () => {
  await nester.kill();
});

/** A viewer that follows: what is posted from now on comes in frames of its own. */
async function openFollower(url: string): Promise<ViewerClient> {
  const viewer = await openViewer(url);
  await viewer.frame('the snapshot', ({ type }) => type === 'snapshot');
  return viewer;
}

const reportOf = (node: string) => (frame: SeenFrame) =>
  frame.type === 'reports' && frame.reports.some((report) => report.node === node);
const namesIn = (frames: SeenFrame[]): string[] =>
  frames.filter(({ type }) => type === 'reports').flatMap(({ reports }) => reports.map(({ node }) => node));

describe('what a viewer is told', () => {
  it('starts with a snapshot of what was acknowledged before', async () => {
    await post(nester.url, '/api/report', { node: 'before', latency: 3.5, interval: 600 });

    const viewer = await openViewer(nester.url);
    const first = await viewer.frame('the first frame', () => true);

    expect(Object.keys(first)).toEqual(['type', 'protocol', 'cursor', 'serverTime', 'page', 'nodes']);
    expect(first).toMatchObject({ type: 'snapshot', protocol: 1, page: expect.stringMatching(/^main-[A-Z0-9]{8}\.js$/) });
    expect(Math.abs(first.serverTime - Date.now())).toBeLessThan(20_000);
    expect(first.nodes.find(({ node }) => node === 'before')).toMatchObject({ status: 'online', latency: 3.5 });
    expect(await (await fetch(`${nester.url}/api/nodes/before`)).json()).toEqual(
      first.nodes.find(({ node }) => node === 'before'),
    );
  });

  it('is then told each report as it is stored, without the LAN inventory, and of the new node', async () => {
    const viewer = await openFollower(nester.url);

    await post(nester.url, '/api/report', {
      node: 'with hosts',
      timestamp: Date.now() - 1_000,
      devices: 2,
      interval: 600,
      hosts: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }],
    });
    const frame = await viewer.frame('the report', reportOf('with hosts'));
    const state = await viewer.node('with hosts', () => true);

    const [kept] = (await (await fetch(`${nester.url}/api/reports?node=with%20hosts`)).json()) as Record<string, unknown>[];
    const { hosts, ...withoutHosts } = kept ?? {};
    expect(hosts).toHaveLength(2);
    expect(frame.reports).toEqual([withoutHosts]);
    expect(state).toMatchObject({ status: 'online', devices: 2, connected: false });
  });

  it('is told of reports in the order of receipt, each once, however fast they come', async () => {
    const viewer = await openFollower(nester.url);
    const names = Array.from({ length: 300 }, (_, at) => `fast-${at}`);

    await Promise.all(names.map((node) => post(nester.url, '/api/report', { node, interval: 600 })));
    await viewer.frame('all reports', () => namesIn(viewer.frames).length >= 300);

    const after = await fetch(`${nester.url}/api/reports?after=${encodeURIComponent(viewer.frames[0]!.cursor)}`);
    const received = ((await after.json()) as { node: string }[]).map(({ node }) => node);
    expect(namesIn(viewer.frames)).toEqual(received);
    expect(received.toSorted()).toEqual(names.toSorted());
    expect(viewer.frames.filter(({ type }) => type === 'reports').length).toBeLessThan(300);
  });

  it('is told nothing of a report that was kept already', async () => {
    const viewer = await openFollower(nester.url);
    const report = { node: 'twice', timestamp: Date.now(), interval: 600 };

    await post(nester.url, '/api/report', report);
    const again = await post(nester.url, '/api/report', report);
    await post(nester.url, '/api/report', { node: 'after twice', interval: 600 });
    await viewer.frame('the report behind', reportOf('after twice'));

    expect(again).toMatchObject({ status: 200, body: { duplicate: true } });
    expect(namesIn(viewer.frames).filter((node) => node === 'twice')).toEqual(['twice']);
  });

  it('is told of a node that was removed', async () => {
    await post(nester.url, '/api/report', { node: 'to go', interval: 600 });
    const viewer = await openFollower(nester.url);

    await fetch(`${nester.url}/api/nodes/to%20go`, { method: 'DELETE' });
    const frame = await viewer.frame('the removal', ({ type }) => type === 'removed');

    expect(frame).toEqual({ type: 'removed', nodes: ['to go'] });
  });
});

describe('a viewer that comes back', () => {
  it('gets only what it missed, and goes on from there', async () => {
    const first = await openFollower(nester.url);
    await post(nester.url, '/api/report', { node: 'seen', interval: 600 });
    const { cursor } = await first.frame('the report', reportOf('seen'));
    first.socket.terminate();
    await post(nester.url, '/api/report', { node: 'missed', interval: 600 });

    const second = await openViewer(nester.url, `?cursor=${encodeURIComponent(cursor)}`);
    await second.frame('what was missed', reportOf('missed'));
    await second.node('missed', () => true);
    await post(nester.url, '/api/report', { node: 'next', interval: 600 });
    await second.frame('what comes next', reportOf('next'));

    expect(namesIn(second.frames)).toEqual(['missed', 'next']);
    expect(second.frames.filter(({ type }) => type === 'snapshot')).toEqual([]);
  });

  it('gets a snapshot when too much was missed', { timeout: 120_000 }, async () => {
    const first = await openFollower(nester.url);
    await post(nester.url, '/api/report', { node: 'long ago', interval: 600 });
    const { cursor } = await first.frame('the report', reportOf('long ago'));
    first.socket.terminate();
    const startMs = Date.now() - 100_000;
    for (let batch = 0; batch < 12; batch++) {
      const reports = Array.from({ length: 1_000 }, (_, at) => ({
        node: 'busy',
        timestamp: startMs + batch * 1_000 + at,
        interval: 600,
      }));
      const answer = await post(nester.url, '/api/reports', reports);
      expect(answer.body).toMatchObject({ accepted: 1_000 });
    }

    const second = await openViewer(nester.url, `?cursor=${encodeURIComponent(cursor)}`);

    expect((await second.frame('the first frame', () => true)).type).toBe('snapshot');
  });

  it.each(['nonsense', '', 'other-log-1', '%00'])('gets a snapshot for the cursor "%s"', async (cursor) => {
    const viewer = await openViewer(nester.url, `?cursor=${cursor}`);

    expect((await viewer.frame('the first frame', () => true)).type).toBe('snapshot');
  });
});

describe('a viewer too slow to read', () => {
  it('is sent a fresh snapshot once it drained, while others miss nothing', { timeout: 120_000 }, async () => {
    const own = await startNester();
    const [slow, quick] = [await openFollower(own.url), await openFollower(own.url)];
    slow.socket.pause();

    // More than the system's buffers and the limit take: about 30 MB.
    const labels = Object.fromEntries(Array.from({ length: 16 }, (_, at) => [`label-${at}`.padEnd(90, '.'), 'x'.repeat(100)]));
    const startMs = Date.now() - 100_000;
    for (let batch = 0; batch < 12; batch++) {
      const reports = Array.from({ length: 800 }, (_, at) => ({
        node: `slow-${at}`,
        timestamp: startMs + batch,
        labels,
        interval: 600,
      }));
      await post(own.url, '/api/reports', reports);
    }
    await quick.frame('every report', () => namesIn(quick.frames).length === 12 * 800, 60_000);
    slow.socket.resume();
    const fresh = await slow.frame('a second snapshot', (frame) => frame.type === 'snapshot' && frame !== slow.frames[0], 60_000);
    await post(own.url, '/api/report', { node: 'at last', interval: 600 });
    await slow.frame('what comes next', reportOf('at last'));

    expect(fresh.nodes).toHaveLength(800);
    expect(fresh.nodes.every(({ timestamp }) => Date.parse(timestamp) === startMs + 11)).toBe(true);
    const behind = slow.frames.slice(slow.frames.indexOf(fresh) + 1);
    expect(namesIn(behind)).toEqual(['at last']);
    expect(quick.frames.filter(({ type }) => type === 'snapshot')).toHaveLength(1);
    await own.kill();
  });
});

describe('what a viewer may not do', () => {
  it.each(['https://elsewhere.example', 'null', 'http://127.0.0.1:1'])('does not open from the page of %s', async (origin) => {
    expect(await refusedUpgrade(nester.url, { origin })).toBe(403);
  });

  it('opens from the page of this Nester', async () => {
    const socket = new WebSocket(`${nester.url.replace('http', 'ws')}/ws`, { headers: { origin: nester.url } });

    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    socket.terminate();
  });

  it.each([
    ['{"type":"measure"}', 'unknown type "measure"'],
    ['what?', 'not valid JSON'],
    ['[]', 'JSON object'],
  ])('is answered with an error when it says %s, and goes on', async (text, words) => {
    const viewer = await openFollower(nester.url);

    viewer.socket.send(text);
    const frame = await viewer.frame('the error', ({ type }) => type === 'error');

    expect(frame.message).toContain(words);
    await post(nester.url, '/api/report', { node: `after ${text}`, interval: 600 });
    await viewer.frame('the report behind', reportOf(`after ${text}`));
  });

  it('does not get through with a frame that is too big, and harms nobody', async () => {
    const viewer = await openViewer(nester.url);

    viewer.socket.send('x'.repeat(100_000));

    expect(await viewer.closed).toBe(1009);
    expect((await fetch(`${nester.url}/healthz`)).status).toBe(200);
  });
});

describe('a page that is open for long', () => {
  it('is pinged every 25 s, and closed when two pings went unanswered', { timeout: 120_000 }, async () => {
    await mute.viewer.closed;

    expect(mute.pings).toBe(2);
    expect(answering.pings).toBeGreaterThanOrEqual(2);
    expect(answering.viewer.socket.readyState).toBe(WebSocket.OPEN);
  });

  it('is told 1001 when Nester stops', async () => {
    expect(await nester.stop()).toBe(0);

    expect(await answering.viewer.closed).toBe(1001);
  });
});
