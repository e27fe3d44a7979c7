import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { connectAgent } from './support/agent-client.ts';
import { keptReports, startLoad } from './support/load.ts';
import { makeFolder, startNester } from './support/program.ts';
import { postReports } from './support/requests.ts';

const KILLS = 200;

/** Every acknowledged report is there, and nothing is there twice. */
async function expectKept(url: string, dataDir: string, acknowledged: ReadonlySet<string>): Promise<void> {
  const kept = await keptReports(url);
  expect(new Set(kept).size, 'reports kept twice').toBe(kept.length);
  const there = new Set(kept);
  expect([...acknowledged].filter((report) => !there.has(report)), 'acknowledged and lost').toEqual([]);
  const inFile = dataFile(dataDir);
  expect(inFile.length, 'reports in data.json').toBe(kept.length);
  expect(new Set(inFile)).toEqual(there);
}

function dataFile(dataDir: string): string[] {
  const reports = JSON.parse(fs.readFileSync(path.join(dataDir, 'data.json'), 'utf8')) as { node: string; timestamp: string }[];
  return reports.map(({ node, timestamp }) => `${node} ${timestamp}`);
}

describe('a killed Nester', () => {
  it(`loses nothing it acknowledged and keeps nothing twice, over ${KILLS} kills under load`, async () => {
    const dataDir = makeFolder();
    const acknowledged = new Set<string>();
    for (let kill = 0; kill < KILLS; kill++) {
      const nester = await startNester({ dataDir });
      if (kill % 20 === 0) await expectKeptOrNothing(nester.url, dataDir, acknowledged);
      const load = startLoad(nester.url, { name: `k${kill}` });
      // A different moment each time, from the first reports to the middle of a flood.
      await load.more(1 + ((kill * 37) % 200));
      await nester.kill();
      await load.stop();
      for (const report of load.acknowledged) acknowledged.add(report);
    }
    const nester = await startNester({ dataDir });

    await expectKept(nester.url, dataDir, acknowledged);

    expect(acknowledged.size).toBeGreaterThan(KILLS * 50);
    expect(fs.readdirSync(dataDir).filter((name) => name.includes('rejected') || name.includes('damaged'))).toEqual([]);
    await nester.stop();
  }, 900_000);

  async function expectKeptOrNothing(url: string, dataDir: string, acknowledged: ReadonlySet<string>): Promise<void> {
    if (acknowledged.size > 0) await expectKept(url, dataDir, acknowledged);
  }
});

describe('a full disk', () => {
  const mounts: string[] = [];

  afterEach(() => {
    for (const mount of mounts.splice(0)) execFileSync('umount', ['--lazy', mount]);
  });

  it('refuses with 503 and Retry-After, takes reports again by itself, and loses nothing', async () => {
    const dataDir = makeFolder();
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', dataDir]);
    mounts.push(dataDir);
    const nester = await startNester({ dataDir });
    const load = startLoad(nester.url, { senders: 4 });
    const agent = await connectAgent(nester.url);
    await load.more(50);
    const filler = path.join(dataDir, 'filler');
    const [first = ''] = load.acknowledged;
    let refusals: Record<'report' | 'ready' | 'batch' | 'forget', Response> | undefined;
    await until('all is refused with 503', async () => {
      // Again: a temporary file of Nester's that went may have left room.
      fill(filler);
      if ((load.refused.get(503) ?? 0) === 0) return false;
      refusals = {
        report: await post(nester.url, { node: 'probe' }),
        ready: await fetch(`${nester.url}/readyz`),
        batch: await postReports(nester.url, [{ node: 'probe' }]),
        forget: await fetch(`${nester.url}/api/nodes/${encodeURIComponent(first.split(' ')[0] ?? '')}`, { method: 'DELETE' }),
      };
      return Object.values(refusals).every(({ status }) => status === 503);
    });
    agent.send({ type: 'report', id: 7, report: { node: 'probe' } });
    await until('the agent is answered', () => agent.frames.length === 2);

    fs.rmSync(filler);
    await load.more(50);
    await load.stop();

    expect(refusals?.report.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(refusals?.report.headers.get('content-type')).toContain('application/problem+json');
    expect(agent.frames.at(-1)).toEqual({ type: 'retry', id: 7, after: expect.any(Number) });
    expect([...load.refused.keys()]).toEqual([503]);
    await until('data.json is current', () => dataFile(dataDir).length >= load.acknowledged.size);
    await expectKept(nester.url, dataDir, load.acknowledged);
    await nester.stop();
    const again = await startNester({ dataDir });
    await expectKept(again.url, dataDir, load.acknowledged);
    await again.stop();
  });
});

describe('data.json, edited while reports stream in', () => {
  it('keeps every acknowledged report but those an operator took away', async () => {
    const nester = await startNester();
    const file = path.join(nester.dataDir, 'data.json');
    for (let n = 0; n < 20; n++) await post(nester.url, { node: n % 2 === 0 ? 'stays' : 'goes', metrics: { n } });
    const load = startLoad(nester.url, { senders: 4 });
    await load.more(100);

    const shell = (command: string): unknown => execFileSync('sh', ['-c', command], { cwd: nester.dataDir });
    const accidents: [string, () => void][] = [
      ['jq into a new file, moved over', () => shell(`jq 'map(select(.node != "goes"))' data.json > tmp && mv tmp data.json`)],
      ['an editor that writes in place', () => fs.writeFileSync(file, JSON.stringify(JSON.parse(readWhole(file)), null, 2))],
      ['cut to half', () => fs.truncateSync(file, Math.floor(fs.statSync(file).size / 2))],
      ['cut to nothing', () => fs.truncateSync(file, 0)],
      ['deleted', () => fs.rmSync(file)],
      ['garbage', () => fs.writeFileSync(file, '\u0000garbage')],
      ['a symlink in its place', () => shell('mv data.json elsewhere && ln -s elsewhere data.json')],
    ];
    for (const [what, happen] of accidents) {
      happen();
      await load.more(50);
      const acknowledged = [...load.acknowledged];
      await until(`data.json is whole after: ${what}`, () => {
        const there = new Set(dataFile(nester.dataDir));
        return acknowledged.every((report) => there.has(report));
      }, () => nester.stderr());
    }
    await load.stop();

    await until('data.json is current', () => dataFile(nester.dataDir).length >= load.acknowledged.size + 10);
    await expectKept(nester.url, nester.dataDir, load.acknowledged);
    const kept = await keptReports(nester.url);
    expect(kept.filter((report) => report.startsWith('stays'))).toHaveLength(10);
    expect(kept.filter((report) => report.startsWith('goes'))).toEqual([]);
    expect(fs.lstatSync(file).isFile()).toBe(true);
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    await nester.stop();
  });

  it('shows at once what an operator changed, added and removed', async () => {
    const nester = await startNester();
    const file = path.join(nester.dataDir, 'data.json');
    for (const node of ['a', 'b', 'c']) await post(nester.url, { node, latency: 1 });

    // File systems note in steps of some ms when a file was read: a report written in the same
    // step counts as unseen, and would stay.
    await until('the file was read after it was written', () => {
      fs.readFileSync(file);
      return fs.statSync(file).atimeMs > fs.statSync(file).mtimeMs;
    });
    const lines = JSON.parse(fs.readFileSync(file, 'utf8')) as { node: string; latency: number }[];
    fs.writeFileSync(file, JSON.stringify([{ ...lines[0], latency: 42 }, lines[1], { node: 'd', latency: 4 }]));

    await until('the nodes are as edited', async () => {
      const nodes = (await (await fetch(`${nester.url}/api/nodes`)).json()) as { node: string; latency: number }[];
      return JSON.stringify(nodes.map(({ node, latency }) => [node, latency]).sort()) === '[["a",42],["b",1],["d",4]]';
    }, () => `${nester.stderr()}\n${fs.readFileSync(file, 'utf8')}`);
    await nester.stop();
  });
});

function post(url: string, report: unknown): Promise<Response> {
  return fetch(`${url}/api/report`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(report) });
}

/** As an operator would: a reader that races with a write reads again. */
function readWhole(file: string): string {
  for (;;) {
    const text = fs.readFileSync(file, 'utf8');
    try {
      JSON.parse(text);
      return text;
    } catch {
      // Half written; the next read is of another moment.
    }
  }
}

/** Leaves no free byte on the file system. */
function fill(file: string): void {
  const fd = fs.openSync(file, 'a');
  try {
    for (let size = 65_536; size >= 1; ) {
      try {
        fs.writeSync(fd, Buffer.alloc(size));
      } catch {
        size = Math.floor(size / 2);
      }
    }
  } finally {
    fs.closeSync(fd);
  }
}

/** Waits for a condition, with an end. Throws of the condition count as false. */
async function until(what: string, condition: () => boolean | Promise<boolean>, tell = (): string => ''): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      if (await condition()) return;
    } catch {
      // Not yet readable.
    }
    if (Date.now() > deadline) throw new Error(`never came true: ${what}\n${tell()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
