import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../test/support/seeded-random.ts';
import { createSimulatedDisk, type SimulatedDisk } from '../../test/support/simulated-disk.ts';
import type { ArrayFile, FilePlace } from './array-file.ts';
import { createArrayFile } from './disk-array-file.ts';

const FILE = '/data/history.json';
const line = (n: number): string => JSON.stringify({ n, text: 'x'.repeat(n % 50) });

interface Opened {
  file: ArrayFile;
  /** Numbers of the lines, in order, and where they are. */
  lines: Map<number, FilePlace>;
  said: string[];
}

async function open(disk: SimulatedDisk): Promise<Opened> {
  const said: string[] = [];
  const file = createArrayFile({ files: disk.files, path: FILE, now: () => 0, say: (level, message) => said.push(`${level}: ${message}`) });
  const lines = new Map<number, FilePlace>();
  await file.open(() => {
    lines.clear();
    return (bytes, place) => void lines.set((JSON.parse(Buffer.from(bytes).toString()) as { n: number }).n, { ...place });
  });
  return { file, lines, said };
}

/** A disk with lines 1 to `count`. */
async function withLines(count: number): Promise<SimulatedDisk> {
  const disk = createSimulatedDisk();
  await disk.files.makeFolder('/data');
  const { file } = await open(disk);
  for (let n = 1; n <= count; n++) await file.append([line(n)], () => undefined);
  await file.close();
  return disk;
}

function numbersIn(disk: SimulatedDisk): number[] {
  return (JSON.parse(disk.text(FILE) ?? '[]') as { n: number }[]).map(({ n }) => n);
}

describe('a file of sealed lines', () => {
  it('is a JSON array with a line for each record, valid after every append', async () => {
    const disk = await withLines(0);
    const { file } = await open(disk);

    await file.append([line(1)], () => undefined);
    expect(numbersIn(disk)).toEqual([1]);
    await file.append([line(2), line(3)], () => undefined);

    expect(numbersIn(disk)).toEqual([1, 2, 3]);
    expect(disk.text(FILE)?.split('\n')).toHaveLength(6);
  });

  it('tells where lines are, and reads them there', async () => {
    const disk = await withLines(100);
    const { file, lines } = await open(disk);
    const wanted = [7, 8, 9, 60, 3];

    const hold = file.hold();
    const texts = await hold.read(wanted.map((n) => lines.get(n)!));

    expect(texts.map((text) => (JSON.parse(text ?? '{}') as { n: number }).n)).toEqual(wanted);
    expect(await hold.read([{ offset: 3, length: 20 }, { offset: 1e6, length: 20 }])).toEqual([undefined, undefined]);
    hold.release();
  });

  it('keeps every line before the end, wherever the end is cut off', async () => {
    const whole = (await withLines(12)).text(FILE)!;
    for (let size = 0; size <= whole.length; size++) {
      const disk = createSimulatedDisk();
      await disk.files.makeFolder('/data');
      disk.put(FILE, whole.slice(0, size));
      const { file, lines } = await open(disk);

      await file.append([line(99)], () => undefined);

      const expected = [...whole.slice(0, size).matchAll(/"n":(\d+).*"\},?\n/g)].map((match) => Number(match[1]));
      expect([...lines.keys()]).toEqual(expected);
      expect(numbersIn(disk)).toEqual([...expected, 99]);
      await file.close();
    }
  });

  it('keeps the good lines around damage, sets the file aside, and says at which line', async () => {
    const disk = await withLines(10);
    const damaged = disk.text(FILE)!.replace('{"n":4,', '{"n":5,').replace('"n":7', '\0\0\0\0\0');
    disk.put(FILE, damaged);

    const { file, lines, said } = await open(disk);

    expect([...lines.keys()]).toEqual([1, 2, 3, 5, 6, 8, 9, 10]);
    expect(numbersIn(disk)).toEqual([1, 2, 3, 5, 6, 8, 9, 10]);
    expect(said).toEqual([expect.stringMatching(/^warn: history.json is damaged at line 5; its 8 good lines were kept. What was there is now .*\.rejected-/)]);
    expect(disk.text(disk.paths().find((path) => path.includes('rejected'))!)).toBe(damaged);
    const texts = await file.hold().read([...lines.values()]);
    expect(texts).not.toContain(undefined);
  });

  it.each([
    ['laid out anew', (text: string) => JSON.stringify(JSON.parse(text), undefined, 2)],
    ['of something else', () => '{"a":1}\n'],
    ['without any line break', () => 'x'.repeat(20 * 1024 * 1024)],
  ])('sets a file aside that is %s', async (_what, change) => {
    const disk = await withLines(3);
    disk.put(FILE, change(disk.text(FILE)!));

    const { file, lines, said } = await open(disk);
    await file.append([line(9)], () => undefined);

    expect(lines.size).toBe(0);
    expect(said.join()).toMatch(/holds no line that Nester finished. What was there is now .*rejected/);
    expect(numbersIn(disk)).toEqual([9]);
  });

  it('does not follow a link', async () => {
    const disk = await withLines(0);
    disk.putLink(FILE);

    const { file, said } = await open(disk);
    await file.append([line(1)], () => undefined);

    expect(said.join()).toMatch(/is a link, which Nester does not follow/);
    expect(numbersIn(disk)).toEqual([1]);
  });

  it.each(['replace', 'in place', 'remove'] as const)('takes nothing for its own that somebody else did to the file: %s', async (how) => {
    const disk = await withLines(5);
    const { file, lines, said } = await open(disk);
    if (how === 'remove') disk.remove(FILE);
    else disk.put(FILE, how === 'replace' ? '[]\n' : `${disk.text(FILE)}\n`, how);

    expect(await file.append([line(6)], () => undefined)).toBe(false);
    const places = [...lines.values()];
    await file.rewrite(() => places, () => undefined);
    expect(await file.append([line(6)], () => undefined)).toBe(true);

    expect(numbersIn(disk)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(said).toHaveLength(how === 'remove' ? 0 : 1);
  });

  it('writes nothing any more once it is closed', async () => {
    const disk = await withLines(3);
    const { file, lines } = await open(disk);
    await file.close();

    await expect(file.append([line(4)], () => undefined)).rejects.toThrow('is not open');
    await expect(file.rewrite(() => lines.values(), () => undefined)).rejects.toThrow('is not open');

    expect(numbersIn(disk)).toEqual([1, 2, 3]);
  });

  it('is read by those who hold it as it was, while it is written anew', async () => {
    const disk = await withLines(50);
    const { file, lines } = await open(disk);
    const hold = file.hold();
    const moved = new Map<number, FilePlace>();
    const kept = [40, 2, 30];

    await file.rewrite(
      () => [line(77), ...kept.map((n) => lines.get(n)!)],
      (placeOf) => kept.forEach((n, number) => moved.set(n, placeOf(number)!)),
    );

    expect(numbersIn(disk)).toEqual([77, 40, 2, 30]);
    const before = await hold.read([...lines.values()]);
    expect(before.map((text) => (JSON.parse(text ?? '{}') as { n: number }).n)).toEqual([...lines.keys()]);
    const after = await file.hold().read([...moved.values()]);
    expect(after.map((text) => (JSON.parse(text ?? '{}') as { n: number }).n)).toEqual(kept);
  });

  it('refuses what cannot be written, and takes the next', async () => {
    const calls = ['write', 'datasync', 'truncate', 'stat', 'open', 'rename', 'syncFolder'] as const;
    for (const kind of calls) {
      for (const after of [false, true]) {
        const disk = await withLines(2);
        const { file, lines } = await open(disk);
        const rewrites = kind === 'open' || kind === 'rename' || kind === 'syncFolder';
        const work = (): Promise<unknown> => (rewrites ? file.rewrite(() => [...lines.values(), line(3)], () => undefined) : file.append([line(3)], () => undefined));
        disk.setFault((call) => (call.kind === kind ? { fail: 'ENOSPC', after } : undefined));
        const refused = await work().then(() => false, () => true);
        disk.setFault(undefined);

        // Of a rewrite that had taken its place something may be known by now.
        if (!(await file.append([line(4)], () => undefined))) {
          await file.rewrite(() => [line(1), line(2)], () => undefined);
          await file.append([line(4)], () => undefined);
        }

        const numbers = numbersIn(disk);
        expect(numbers.slice(0, 2), `${kind} ${after}`).toEqual([1, 2]);
        expect(numbers.at(-1), `${kind} ${after}`).toBe(4);
        expect(new Set(numbers).size).toBe(numbers.length);
        if (!refused) expect(numbers).toContain(3);
        await file.close();
      }
    }
  });

  it('has every line it said it has, after power cuts at any call', async () => {
    for (let seed = 1; seed <= 150; seed++) {
      const random = createSeededRandom(seed);
      let disk = await withLines(random.below(4));
      const kept = new Set(numbersIn(disk));
      const tried = new Set(kept);
      for (let life = 0; life < 3; life++) {
        const { file, lines } = await open(disk);
        for (const n of kept) expect(lines.has(n), `seed ${seed}: line ${n}`).toBe(true);
        const end = disk.calls() + 1 + random.below(40);
        disk.setFault(({ number }) => (number >= end ? 'stop' : undefined));
        const work = async (): Promise<void> => {
          for (let n = 100 * (life + 1); n < 100 * (life + 1) + 20; n++) {
            tried.add(n);
            const added = await file.append([line(n), line(n + 50)], (places) => lines.set(n, places[0]!).set(n + 50, places[1]!));
            if (added) kept.add(n).add(n + 50);
            if (random.chance(0.2)) await file.rewrite(() => lines.values(), (placeOf) => [...lines.keys()].forEach((m, number) => lines.set(m, placeOf(number)!)));
          }
        };
        await Promise.race([work(), disk.stopped]);
        disk = random.chance(0.5) ? disk.powerCut(random) : disk.crash();
      }
      const { lines } = await open(disk);
      for (const n of kept) expect(lines.has(n), `seed ${seed}: line ${n}`).toBe(true);
      for (const n of lines.keys()) expect(tried.has(n) || tried.has(n - 50), `seed ${seed}: line ${n}`).toBe(true);
      expect(numbersIn(disk)).toEqual([...lines.keys()]);
    }
  }, 60_000);
});
