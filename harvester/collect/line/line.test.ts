import { describe, expect, it } from 'vitest';
import { createTroubleLog } from '../../log.ts';
import { createManualClock } from '../../manual-clock.ts';
import { createLine, type NamedHost } from './line.ts';
import { createResolver } from '../resolver.ts';
import { USUAL_DOORS } from './tcp-ping.ts';

const quiet = (): void => undefined;
const QUALITY = { latency: 1, loss: 0, jitter: 0 };

async function targetsOf(gateway: string | undefined, targets: NamedHost[]): Promise<{ names: string[]; pinged: string[] }> {
  const pinged: string[] = [];
  const line = createLine({
    resolver: createResolver({ lookup: () => Promise.resolve([]), clock: createManualClock() }),
    probe: (address) => {
      pinged.push(address);
      return Promise.resolve(QUALITY);
    },
    troubles: createTroubleLog({ debug: quiet, info: quiet, warn: quiet, error: quiet }),
    main: '10.0.0.9',
    mainDoors: USUAL_DOORS,
    targets,
    gateway: () => Promise.resolve(gateway),
  });
  const view = await line();
  return { names: view.targets.map(({ name }) => name), pinged: pinged.sort() };
}

describe('line', () => {
  it('measures the default gateway after the targets that were configured', async () => {
    expect(await targetsOf('10.0.0.254', [{ name: 'printer', host: '10.0.0.2' }])).toEqual({
      names: ['printer', 'gateway'],
      pinged: ['10.0.0.2', '10.0.0.254', '10.0.0.9'],
    });
  });

  it('has no such target where there is no gateway', async () => {
    expect(await targetsOf(undefined, [])).toEqual({ names: [], pinged: ['10.0.0.9'] });
  });

  it('takes the gateway that was configured instead', async () => {
    expect(await targetsOf('10.0.0.254', [{ name: 'gateway', host: '10.0.0.1' }])).toEqual({ names: ['gateway'], pinged: ['10.0.0.1', '10.0.0.9'] });
  });

  it('never has more targets than a report may hold', async () => {
    const many = Array.from({ length: 16 }, (_, at) => ({ name: `t${at}`, host: '10.0.0.1' }));

    expect((await targetsOf('10.0.0.254', many)).names).toHaveLength(16);
  });
});
