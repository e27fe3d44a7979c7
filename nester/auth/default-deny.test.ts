import { describe, expect, it } from 'vitest';
import { refusedUpgrade } from '../../test/support/agent-client.ts';
import { startMemoryNester } from '../../test/support/memory-nester.ts';
import { downloadsOf } from '../downloads.ts';
import { hashPassword } from './people/password.ts';

/** What tells nobody anything, and is open on purpose. Whoever adds to it has thought about it. */
const PUBLIC = [
  'ANY /ws',
  'ANY /ws/agent',
  'GET /checksums.txt',
  'GET /harvester.js',
  'GET /harvester.sh',
  'GET /healthz',
  'GET /install.ps1',
  'GET /install.sh',
  'GET /login',
  'GET /readyz',
  'POST /login',
  'POST /logout',
];

async function startWithPassword() {
  return startMemoryNester({
    downloads: downloadsOf({ 'harvester.js': '', 'harvester.sh': '', 'install.sh': "SERVED_BY=''", 'install.ps1': "$ServedBy = ''" }),
    config: { apiKey: 'key', people: { admin: { hash: await hashPassword('a password') }, viewer: undefined, readKey: 'other key', sessionMs: 60_000 } },
  });
}

describe('a Nester with a password', () => {
  it('has no way in that is open but those that are meant to be', async () => {
    const { gates } = await startWithPassword();

    const open = gates.filter(({ asks }) => asks === 'public').map(({ name }) => name);

    expect(open.toSorted()).toEqual(PUBLIC);
  });

  it('asks at every other, socket or route, who comes', async () => {
    const { url, gates } = await startWithPassword();
    const shut = gates.filter(({ asks }) => asks !== 'public');

    for (const { name } of shut) {
      const [method = '', path = ''] = name.replace(/:\w+/, 'a').split(' ');
      const status = method === 'WS' ? (await refusedUpgrade(`${url}${path}`)).status : (await fetch(`${url}${path}`, { method })).status;
      expect([name, status]).toEqual([name, 401]);
    }
    expect(shut.length).toBeGreaterThan(18);
  });
});
