import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { ReadTlsPair, TlsPair } from './pair.ts';
import { keepRenewed } from './renewal.ts';

const aPair = (name: string): TlsPair => ({ cert: Buffer.from(`cert ${name}`), key: Buffer.from(`key ${name}`), validToMs: 0 });

/** The renewal with files that hold what the test says, and time that passes when it says. */
function aRenewal() {
  const served: TlsPair[] = [];
  const said: string[] = [];
  let files: ReadTlsPair = { ok: true, pair: aPair('first') };
  let changed = (): void => undefined;
  let due: (() => void) | undefined;
  const stop = keepRenewed({
    pair: aPair('first'),
    read: () => Promise.resolve(files),
    renew: (pair) => void served.push(pair),
    watch: (call) => {
      changed = call;
      return () => (changed = () => undefined);
    },
    schedule: (_delayMs, run) => {
      due = run;
      return () => (due = undefined);
    },
    say: (level, message) => void said.push(`${level}: ${message}`),
  });
  return {
    served,
    said,
    stop,
    isWaiting: () => due !== undefined,
    put(next: ReadTlsPair) {
      files = next;
      changed();
    },
    async settle() {
      due?.();
      due = undefined;
      await turn();
    },
  };
}

describe('a certificate that changes', () => {
  it('is served once both of its files had time to change, and not before', async () => {
    const renewal = aRenewal();
    const next = aPair('next');

    renewal.put({ ok: false, problems: ['half'] });
    renewal.put({ ok: true, pair: next });
    expect(renewal.served).toEqual([]);
    await renewal.settle();

    expect(renewal.served).toEqual([next]);
    expect(renewal.said).toEqual([expect.stringMatching(/^info: A new certificate is in use, valid until /)]);
  });

  it('is left alone when the files hold what is served already', async () => {
    const renewal = aRenewal();

    renewal.put({ ok: true, pair: aPair('first') });
    await renewal.settle();

    expect([renewal.served, renewal.said]).toEqual([[], []]);
  });

  it('keeps the one from before when the new one is broken, and says so once', async () => {
    const renewal = aRenewal();
    const broken: ReadTlsPair = { ok: false, problems: ['NESTER_TLS_KEY: /k is not the key'] };

    for (let times = 0; times < 3; times++) {
      renewal.put(broken);
      await renewal.settle();
    }

    expect(renewal.served).toEqual([]);
    expect(renewal.said).toEqual([expect.stringMatching(/^error: .*the one from before stays in use\. NESTER_TLS_KEY: \/k is not the key/)]);
  });

  it('is looked for no more after the end', () => {
    const renewal = aRenewal();

    renewal.put({ ok: true, pair: aPair('next') });
    renewal.stop();

    expect(renewal.isWaiting()).toBe(false);
  });
});
