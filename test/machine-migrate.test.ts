import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { root } from '../deploy/prepare.mjs';
import { takeBlock } from './documented-commands.mjs';
import { startDebian } from './support/debian-machine.ts';
import { createNetwork } from './support/network.ts';
import { dist, makeFolder, startNester } from './support/program.ts';
import { findPython } from './tools.mjs';

/** From the Flask program to Nester, as docs/migrate.md says. */

const network = createNetwork();
afterAll(() => network[Symbol.asyncDispose]());

const OLD_UNIT = '[Service]\nExecStart=/usr/bin/sleep infinity\nEnvironment=NESTER_API_KEY=old-key\n[Install]\nWantedBy=multi-user.target\n';
/** As it wrote it: names of its own, seconds, and numbers as text. */
const OLD_DATA = JSON.stringify({
  'lyon-01': { hostname: 'lyon-01', ip: '10.0.0.7', devices: '12', latency_ms: '3,4 ms', last_update: Math.floor(Date.now() / 1000) - 3600 },
  'nice-02': { node: 'nice-02', latency: 8.1, ts: Math.floor(Date.now() / 1000) - 7200 },
});

describe('the Flask program', () => {
  it('gives its place, its unit and its reports to Nester by the lines of docs/migrate.md', async () => {
    const old = makeFolder('old');
    writeFileSync(join(old, 'data.json'), OLD_DATA);
    await using server = await startDebian({ systemd: true, at: network.add('flask'), name: 'flask', files: [join(dist, 'nester.js'), join(old, 'data.json')] });
    server.get(`DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nodejs >/dev/null 2>&1
      cat >/etc/systemd/system/nester-dashboard.service <<'END'\n${OLD_UNIT}END
      systemctl daemon-reload; systemctl enable --now nester-dashboard 2>/dev/null`);

    const lines = takeBlock('docs/migrate.md', 'nester.js install');
    const { status, stdout, stderr } = server.run(`set -e; sudo() { "$@"; }; cd /root\n${lines}`);

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('nester-dashboard.service.before-nester');
    const nodes = JSON.parse(server.get('curl -fsS http://127.0.0.1:5000/api/nodes')) as { node: string; latency: number }[];
    expect(nodes.toSorted((a, b) => a.node.localeCompare(b.node))).toMatchObject([{ node: 'lyon-01', ip: '10.0.0.7', devices: 12, latency: 3.4 }, { node: 'nice-02', latency: 8.1 }]);
    expect(server.get('cat /var/lib/nester/data.json.imported')).toBe(OLD_DATA);
    expect(server.get('cat /etc/systemd/system/nester-dashboard.service.before-nester')).toBe(OLD_UNIT);
    expect(server.get('node /opt/nester/nester.js install --api-key old-key >/dev/null; cat /etc/nester.env')).toContain('NESTER_API_KEY="old-key"');
  }, 600_000);

  it.each([
    ['without a key', {}],
    ['with one', { NESTER_API_KEY: 'old-key' }],
  ])('had sites whose send_report.py goes on unchanged, %s', async (_, env) => {
    const python = findPython();
    if (python === undefined) throw new Error('No Python with requests here. On Debian or Ubuntu: sudo apt-get install -y --no-install-recommends python3-requests');
    const nester = await startNester({ env });

    const said = execFileSync(python, [join(root, 'test/support/send_report.py'), 'shop-7'], { env: { PATH: process.env['PATH'] ?? '', NESTER: nester.url, ...env }, encoding: 'utf8' });

    expect(said).toContain("'node': 'shop-7'");
    expect(await (await fetch(`${nester.url}/api/nodes/shop-7`)).json()).toMatchObject({ node: 'shop-7', ip: '192.168.1.10', devices: 14, latency: 23.7, status: 'online' });
    await nester.stop();
  });
});
