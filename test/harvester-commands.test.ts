import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NodeState } from '../protocol/node-state.ts';
import { makeFolder, type RunningNester, runProgram, startAgent, startNester } from './support/program.ts';
import { until } from './support/requests.ts';

/** What people type at a site, with the built programs on both ends. */

let nester: RunningNester;
let env: Record<string, string>;

beforeAll(async () => {
  nester = await startNester({ env: { NESTER_API_KEY: 'k3y' } });
  env = {
    NESTER: nester.url,
    NESTER_API_KEY: 'k3y',
    HARVESTER_NODE: 'site',
    HARVESTER_PINGS: '1',
    HARVESTER_SCAN: 'off',
    HARVESTER_STATE_DIR: makeFolder('state'),
  };
});
afterAll(() => nester.kill());

const states = async (): Promise<NodeState[]> => (await (await fetch(`${nester.url}/api/nodes`)).json()) as NodeState[];

describe('harvester doctor', () => {
  it('finds a Nester of its own version well, and leaves no node on it', async () => {
    const { code, stdout } = await runProgram('harvester.js', ['doctor'], { env });

    expect(stdout).not.toContain('not ok');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ok {6}key +accepted$/m);
    expect(stdout).toMatch(/^ok {6}version +\d+\.\d+\.\d+, as the Nester's$/m);
    expect(await states()).toEqual([]);
  });

  it('says that the key is wrong, and does not show it', async () => {
    const { code, stdout } = await runProgram('harvester.js', ['doctor'], { env: { ...env, NESTER_API_KEY: 'wr0ng' } });

    expect(code).toBe(1);
    expect(stdout).toMatch(/^not ok {2}key .*NESTER_API_KEY/m);
    expect(stdout).not.toContain('wr0ng');
  });
});

describe('harvester pause', () => {
  it('makes Nester show the site as paused, past the death of its agent, until it is resumed', { timeout: 60_000 }, async () => {
    const begin = () => startAgent({ env: { ...env, HARVESTER_INTERVAL: '1' } });
    const is = (status: string) => async (): Promise<boolean> => (await states())[0]?.status === status;
    const first = begin();
    await until('the site is online', is('online'));

    const paused = await runProgram('harvester.js', ['pause', '2h', 'swapping the UPS'], { env });
    await until('the site is paused', is('paused'));
    await first.kill();
    // With reports each second, silence would be dark after 8 s.
    const silentSince = Date.now();
    await until('it was silent for long', () => Date.now() - silentSince > 9_000, 15_000);
    const [state] = await states();
    const second = begin();
    await runProgram('harvester.js', ['resume'], { env });
    await until('the site is online', is('online'));

    expect(paused.code).toBe(0);
    expect(state).toMatchObject({ status: 'paused', agent: { pausedWhy: 'swapping the UPS' } });
    expect(await second.stop()).toBe(0);
  });
});
