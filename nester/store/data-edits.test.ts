import { beforeEach, describe, expect, it } from 'vitest';
import { createSimulatedDisk, type SimulatedDisk } from '../../test/support/simulated-disk.ts';
import { createStoreRig, DATA_FILE, type StoreRig } from '../../test/support/store-rig.ts';

type Line = Record<string, unknown>;

describe('edits of data.json while Nester runs', () => {
  let disk: SimulatedDisk;
  let rig: StoreRig;
  const clock = { now: 0 };

  beforeEach(async () => {
    clock.now = 1_795_334_400_000;
    disk = createSimulatedDisk({ now: () => clock.now });
    rig = createStoreRig(disk, {}, clock);
    await rig.store.open();
    for (let n = 0; n < 4; n++) await rig.send(`n${n % 2}`, n);
  });

  /** What an operator's program does: reads, then writes. */
  async function edit(change: (lines: Line[]) => unknown, how: 'in place' | 'replace' = 'replace', indent?: number): Promise<void> {
    const lines = await read();
    clock.now += 50;
    disk.put(DATA_FILE, JSON.stringify(change(lines), null, indent), how);
  }

  /** Reads as another process would: the file system notes when. */
  async function read(): Promise<Line[]> {
    clock.now += 50;
    const handle = await disk.files.open(DATA_FILE, 'read');
    await handle.read(new Uint8Array(1), 0, 1, 0);
    await handle.close();
    return rig.dataFile() as Line[];
  }

  async function settled(count: number): Promise<unknown[]> {
    await rig.tick();
    await rig.until(`${count} reports in data.json, one a line`, () => {
      const lines = (disk.text(DATA_FILE) ?? '').split('\n');
      return lines.length === count + 3 && lines[0] === '[' && rig.store.count() === count;
    });
    return (await rig.all()).map(({ node, latency }) => `${node}:${latency}`);
  }

  for (const how of ['in place', 'replace'] as const) {
    it(`drops reports that an operator removed (${how})`, async () => {
      await edit((lines) => lines.filter(({ latency }) => latency !== 1), how);
      expect(await settled(3)).toEqual(['n0:0', 'n0:2', 'n1:3']);
    });

    it(`drops the last report when it was removed (${how})`, async () => {
      await edit((lines) => lines.slice(0, -1), how);
      expect(await settled(3)).toEqual(['n0:0', 'n1:1', 'n0:2']);
    });

    it(`takes changed and added reports, in any layout (${how})`, async () => {
      await edit((lines) => [...lines.map((line) => (line['latency'] === 1 ? { ...line, latency: 11 } : line)), { node: 'new', latency: 99 }], how, 2);
      expect((await settled(5)).sort()).toEqual(['n0:0', 'n0:2', 'n1:11', 'n1:3', 'new:99']);
    });

    it(`keeps a report that arrived between the operator's reading and writing (${how})`, async () => {
      const lines = await read();
      clock.now += 50;
      await rig.send('n0', 4);
      clock.now += 50;
      disk.put(DATA_FILE, JSON.stringify(lines.filter(({ latency }) => latency !== 0)), how);
      expect(await settled(4)).toEqual(['n1:1', 'n0:2', 'n1:3', 'n0:4']);
    });
  }

  it('tells the follower what an edit took away and brought', async () => {
    rig.changes.length = 0;
    await edit((lines) => [...lines.filter(({ node }) => node !== 'n1'), { node: 'new', latency: 7 }]);
    await settled(3);
    expect(rig.changes.map((change) => (change.type === 'reports' ? change.reports.map(({ report }) => report.node) : change.nodes))).toEqual([
      ['new'],
      [{ node: 'n1', history: undefined }],
    ]);
  });

  it('shows the newest report that is left when the newest was removed', async () => {
    await edit((lines) => lines.slice(0, -1));
    await settled(3);
    expect(rig.changes.at(-1)).toMatchObject({ type: 'rebuilt', nodes: [{ node: 'n1', history: { newest: { latency: 1 } } }] });
  });

  it('shows a newest report as it was changed', async () => {
    await edit((lines) => lines.map((line) => (line['latency'] === 3 ? { ...line, latency: 33 } : line)));
    await rig.tick();
    await rig.until('the change is told', () =>
      rig.changes.some((change) => change.type === 'rebuilt' && change.nodes[0]?.history?.newest.latency === 33),
    );
  });

  it('remembers an edit after a restart', async () => {
    await edit((lines) => lines.filter(({ latency }) => latency !== 1));
    await settled(3);
    await rig.store.close();
    const again = createStoreRig(disk, {}, clock);
    await again.store.open();
    expect((await again.all()).map(({ latency }) => latency)).toEqual([0, 2, 3]);
  });

  const accidents: { name: string; text: (whole: string) => string | undefined; keeps: boolean; says: RegExp }[] = [
    { name: 'garbage', text: () => 'hello', keeps: true, says: /not valid at line 1: expected "\[", .* got "h"/ },
    { name: 'half of it', text: (whole) => whole.slice(0, whole.length / 2), keeps: true, says: /not valid at line 3: the file ends/ },
    { name: 'nothing', text: () => '', keeps: false, says: /was emptied/ },
    { name: 'an empty array', text: () => '[]', keeps: false, says: /was emptied/ },
    { name: 'no file', text: () => undefined, keeps: false, says: /was deleted/ },
    { name: 'a report without a name', text: (whole) => whole.replace('"node":"n1"', '"nod":"n1"'), keeps: true, says: /line 3: node: / },
    { name: 'a comma too many', text: (whole) => whole.replace('}\n]', '},\n]'), keeps: true, says: /line 6: expected a report/ },
  ];
  for (const { name, text, keeps, says } of accidents) {
    it(`takes ${name} for an accident: sets it aside, writes data.json anew and says so`, async () => {
      const whole = disk.text(DATA_FILE) ?? '';
      const left = text(whole);
      if (left === undefined) disk.remove(DATA_FILE);
      else disk.put(DATA_FILE, left, 'in place');

      expect(await settled(4)).toHaveLength(4);

      expect(disk.text(DATA_FILE)).toBe(whole);
      const aside = disk.paths().filter((path) => path.includes('data.json.rejected-'));
      expect(aside.map((path) => disk.text(`/${path.replace(/^\//, '')}`))).toEqual(keeps ? [left] : []);
      expect(rig.said.join('\n')).toMatch(says);
      expect(rig.said.join('\n')).toContain('nester reset');
    });
  }

  it('has a data.json at any moment, also while a broken one is set aside', async () => {
    let absences = 0;
    disk.setFault(() => {
      if (disk.bytes(DATA_FILE) === undefined) absences++;
      return undefined;
    });
    disk.put(DATA_FILE, 'hello', 'in place');
    await settled(4);
    expect(absences).toBe(0);
  });

  it('sets a broken file aside where the file system has no second names', async () => {
    disk.setFault(({ kind }) => (kind === 'link' ? { fail: 'EPERM' } : undefined));
    disk.put(DATA_FILE, 'hello', 'in place');
    await settled(4);
    expect(disk.paths().filter((path) => path.includes('data.json.rejected-'))).toHaveLength(1);
  });

  it('does not follow a symlink: puts it aside and a file in its place', async () => {
    disk.putLink(DATA_FILE);
    expect(await settled(4)).toHaveLength(4);
    expect((await disk.files.stat(DATA_FILE))?.kind).toBe('file');
    expect(rig.said.join('\n')).toMatch(/is a link, which Nester does not follow/);
  });

  it('waits until an editor is done with its save', async () => {
    await rig.store.close();
    const whole = disk.text(DATA_FILE) ?? '';
    const halves = Array.from({ length: 12 }, (_, n) => whole.slice(0, 40 + n));
    const slow = createStoreRig(disk, {
      // Every time Nester waits, the editor has written a little more.
      pause: (ms) => {
        clock.now += ms;
        const next = halves.shift() ?? (disk.text(DATA_FILE) === whole ? undefined : whole);
        if (next !== undefined) disk.put(DATA_FILE, next, 'in place');
        return new Promise((resolve) => void setImmediate(resolve));
      },
    }, clock);
    await slow.store.open();

    disk.put(DATA_FILE, '', 'in place');
    await slow.tick();
    await slow.until('the save is complete', () => disk.text(DATA_FILE) === whole && halves.length === 0);
    await slow.tick();

    expect(slow.said).toEqual([]);
    expect(slow.store.count()).toBe(4);
    await slow.store.close();
  });
});

describe('edits of data.json while Nester is down', () => {
  async function stopped(): Promise<{ disk: SimulatedDisk; clock: { now: number } }> {
    const disk = createSimulatedDisk();
    const rig = createStoreRig(disk);
    await rig.store.open();
    for (let n = 0; n < 4; n++) await rig.send(`n${n % 2}`, n);
    await rig.store.close();
    return { disk, clock: rig.clock };
  }

  it('are the operator\'s will: removed reports stay away, the last one too', async () => {
    const { disk, clock } = await stopped();
    const lines = JSON.parse(disk.text(DATA_FILE) ?? '') as Line[];
    disk.put(DATA_FILE, JSON.stringify([lines[0], { ...lines[2], latency: 22 }]));

    const rig = createStoreRig(disk, {}, clock);
    await rig.store.open();

    expect((await rig.all()).map(({ latency }) => latency)).toEqual([0, 22]);
    expect(rig.dataFile()).toHaveLength(2);
  });

  it('leave the log\'s reports when the file is gone', async () => {
    const { disk, clock } = await stopped();
    disk.remove(DATA_FILE);
    const rig = createStoreRig(disk, {}, clock);
    await rig.store.open();
    expect(rig.dataFile()).toHaveLength(4);
  });

  it('are not needed to start: without a log, data.json is taken as it is', async () => {
    const { disk, clock } = await stopped();
    const text = disk.text(DATA_FILE);
    for (const path of disk.paths().filter((entry) => entry.includes('.log'))) disk.remove(`/${path.replace(/^\//, '')}`);
    const rig = createStoreRig(disk, {}, clock);
    await rig.store.open();
    expect(disk.text(DATA_FILE)).toBe(text);
    expect(disk.paths().filter((path) => path.includes('imported'))).toEqual([]);
  });

  it('give back what a damaged segment lost', async () => {
    const { disk, clock } = await stopped();
    const segment = `/${(disk.paths().find((path) => path.includes('.log')) ?? '').replace(/^\//, '')}`;
    const bytes = disk.bytes(segment) ?? new Uint8Array();
    const at = Buffer.from(bytes).indexOf('"latency":1');
    bytes[at + 10] = 0x39;
    disk.put(segment, bytes);

    const rig = createStoreRig(disk, {}, clock);
    await rig.store.open();

    expect((await rig.all()).map(({ latency }) => latency)).toEqual([0, 1, 2, 3]);
    expect(rig.dataFile()).toHaveLength(4);
    expect(rig.said.join('\n')).toMatch(/000000001\.log.*line 3/);
    expect(disk.paths().some((path) => path.includes('.damaged-'))).toBe(true);
  });
});
