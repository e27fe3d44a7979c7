import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../test/support/seeded-random.ts';
import { createSimulatedDisk, type SimulatedDisk } from '../../test/support/simulated-disk.ts';
import { createDurableReplacement, removeLeftovers } from './durable-replace.ts';

const TARGET = 'data/file.json';
const OLD = 'old content';
const NEW = 'n'.repeat(3_000) + 'the end';

async function diskWithTarget(): Promise<SimulatedDisk> {
  const disk = createSimulatedDisk();
  await disk.files.makeFolder('data');
  disk.put(TARGET, OLD);
  return disk;
}

async function replace(disk: SimulatedDisk): Promise<void> {
  const replacement = createDurableReplacement(disk.files, TARGET);
  await replacement.write(Buffer.from(NEW.slice(0, 1_000)));
  await replacement.write(Buffer.from(NEW.slice(1_000)));
  await replacement.commit();
}

describe('durable replacement', () => {
  it('puts the new content in the place of the old, for ever', async () => {
    const disk = await diskWithTarget();

    await replace(disk);

    for (let seed = 1; seed <= 20; seed++) {
      const after = disk.powerCut(createSeededRandom(seed));
      expect(after.text(TARGET)).toBe(NEW);
      expect(after.paths()).toEqual([TARGET]);
    }
  });

  it('tells the facts of the file that is there now', async () => {
    const disk = await diskWithTarget();
    const replacement = createDurableReplacement(disk.files, TARGET);
    await replacement.write(Buffer.from(NEW));

    const facts = await replacement.commit();

    expect(facts).toEqual(await disk.files.stat(TARGET));
    expect(facts.size).toBe(replacement.size());
  });

  it('leaves the old content or the new one, whole, wherever it is stopped, and nothing else after a clean-up', async () => {
    let outcomes = '';
    for (let last = 1, over = false; !over; last++) {
      for (const end of ['crash', 'powerCut'] as const) {
        const disk = await diskWithTarget();
        const before = disk.calls();
        disk.setFault(({ number }) => (number >= before + last ? 'stop' : undefined));
        over = await Promise.race([replace(disk).then(() => true), disk.stopped.then(() => false)]);

        const after = end === 'crash' ? disk.crash() : disk.powerCut(createSeededRandom(last));
        await removeLeftovers(after.files, 'data', (name) => name === 'file.json');

        expect([OLD, NEW]).toContain(after.text(TARGET));
        expect(after.paths()).toEqual([TARGET]);
        outcomes += after.text(TARGET) === OLD ? 'o' : 'n';
      }
    }
    expect(outcomes).toMatch(/^o+[on]*n+$/);
  });

  it('leaves the old content and no temporary file when any call before the renaming fails', async () => {
    for (let failing = 1, fired = 1; fired > 0; failing++) {
      const disk = await diskWithTarget();
      const before = disk.calls();
      fired = 0;
      disk.setFault(({ number, kind }) => {
        if (number !== before + failing || kind === 'syncFolder') return undefined;
        fired++;
        return { fail: 'ENOSPC' };
      });

      await replace(disk).catch((error: unknown) => expect(error).toMatchObject({ code: 'ENOSPC' }));

      expect(disk.text(TARGET)).toBe(fired > 0 ? OLD : NEW);
      expect(disk.paths()).toEqual([TARGET]);
    }
  });

  it('goes on after a short write', async () => {
    const disk = await diskWithTarget();
    disk.setFault(({ kind }) => (kind === 'write' ? { short: 700 } : undefined));

    await replace(disk);

    expect(disk.text(TARGET)).toBe(NEW);
  });

  it('takes back what was written when it is abandoned', async () => {
    const disk = await diskWithTarget();
    const replacement = createDurableReplacement(disk.files, TARGET);
    await replacement.write(Buffer.from(NEW));

    await replacement.abandon();

    expect(disk.text(TARGET)).toBe(OLD);
    expect(disk.paths()).toEqual([TARGET]);
  });

  it('removes leftovers of its own targets only', async () => {
    const disk = await diskWithTarget();
    const random = 'a'.repeat(24);
    disk.put(`data/.file.json.${random}.tmp`, 'left');
    disk.put(`data/.other.json.${random}.tmp`, 'someone else’s');
    disk.put('data/.file.json.tmp', 'a person’s');

    await removeLeftovers(disk.files, 'data', (name) => name === 'file.json');

    expect(disk.paths()).toEqual(['data/.file.json.tmp', `data/.other.json.${random}.tmp`, TARGET]);
  });
});
