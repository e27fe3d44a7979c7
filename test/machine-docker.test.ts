import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { root } from '../deploy/prepare.mjs';
import { startDebian } from './support/debian-machine.ts';
import { createNetwork } from './support/network.ts';
import { dist, makeFolder } from './support/program.ts';
import { until } from './support/requests.ts';

/** The container, as far as it can be tried without an engine: what it is built from, and what its programs may do there. */

const network = createNetwork();
afterAll(() => network[Symbol.asyncDispose]());

const read = (name: string): string => readFileSync(join(root, name), 'utf8');

/** Instructions of the Dockerfile, with lines that go on joined. */
function instructions(): { name: string; text: string }[] {
  const lines = read('deploy/docker/Dockerfile').replace(/\\\n\s*/g, '').split('\n');
  return lines.filter((line) => /^[A-Z]+ /.test(line)).map((line) => ({ name: line.split(' ')[0] ?? '', text: line.slice(line.indexOf(' ') + 1) }));
}

interface Service {
  image: string;
  command: string[];
  read_only: boolean;
  cap_drop: string[];
  cap_add?: string[];
  volumes: string[];
  environment: Record<string, string>;
  security_opt?: string[];
}

describe('the image', () => {
  it('is made in two stages, runs as nobody special, and says whether it is healthy', () => {
    const all = instructions();
    const last = all.slice(all.findLastIndex(({ name }) => name === 'FROM'));

    expect(all.filter(({ name }) => name === 'FROM').length).toBe(2);
    expect(last.find(({ name }) => name === 'USER')?.text).toBe('node');
    // Whatever takes rights comes before they are given up.
    expect(last.findIndex(({ name }) => name === 'USER')).toBeGreaterThan(last.findLastIndex(({ name }) => name === 'RUN'));
    expect(last.some(({ name }) => name === 'HEALTHCHECK')).toBe(true);
    expect(last.filter(({ name, text }) => name === 'COPY' && /node_modules|COPY \. /.test(text))).toEqual([]);
    expect(last.find(({ name }) => name === 'VOLUME')?.text).toBe('["/data", "/state"]');
  });

  it('is built from what .dockerignore lets through, and nothing else', () => {
    const context = makeFolder('context');
    const allowed = read('.dockerignore').split('\n').filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    for (const name of allowed) cpSync(join(root, name), join(context, name), { recursive: true, filter: (at) => !at.endsWith('.test.ts') });
    // As `npm ci` would make it.
    symlinkSync(join(root, 'node_modules'), join(context, 'node_modules'));

    execFileSync(process.execPath, ['node_modules/tsup/dist/cli-default.js', '--silent'], { cwd: context });

    for (const { text } of instructions().filter(({ name, text: words }) => name === 'COPY' && words.startsWith('--from=build'))) {
      for (const source of text.split(' ').slice(1, -1)) expect(existsSync(join(context, source.replace('/source/', ''))), source).toBe(true);
    }
    expect(execFileSync(process.execPath, [join(context, 'dist/nester.js'), '--version'], { encoding: 'utf8' })).toMatch(/^nester \d/);
    // What its sites get is inside.
    expect(readFileSync(join(context, 'dist/nester.js'), 'utf8').includes('/opt/nester-harvester/harvester agent')).toBe(true);
  });

  it('runs either program without any right, on a file system that it cannot write to', async () => {
    const layout = join(makeFolder('image'), 'nester');
    mkdirSync(layout);
    for (const name of ['nester.js', 'harvester.js', 'package.json']) copyFileSync(join(dist, name), join(layout, name));
    copyFileSync(join(root, 'deploy/docker/entry.sh'), join(layout, 'entry.sh'));
    chmodSync(join(layout, 'entry.sh'), 0o755);
    execFileSync('tar', ['-cf', `${layout}.tar`, '-C', join(layout, '..'), 'nester']);
    await using machine = await startDebian({ systemd: false, at: network.add('image'), name: 'image', files: [`${layout}.tar`] });
    machine.get(`DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nodejs wget >/dev/null 2>&1
      tar -xf /root/nester.tar -C /opt; chown -R 0:0 /opt/nester; mkdir /data /state
      mount -t tmpfs -o uid=1000,gid=1000,mode=700 tmpfs /data; mount -t tmpfs -o uid=1000,gid=1000,mode=700 tmpfs /state
      mount -o remount,bind,ro /`);
    const inside = 'setpriv --reuid 1000 --regid 1000 --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all env -i PATH=/usr/bin:/bin NESTER_DATA_DIR=/data HARVESTER_STATE_DIR=/state';

    expect(machine.run('touch /written').status).toBe(1);
    machine.get(`${inside} /opt/nester/entry.sh nester >/tmp/out 2>&1 &`);
    await until('it is healthy', () => machine.run(`${inside} /opt/nester/entry.sh healthy`).status === 0);
    expect(machine.run(`${inside} NESTER=http://127.0.0.1:5000 HARVESTER_NODE=box HARVESTER_SCAN=off HARVESTER_PINGS=1 HARVESTER_TARGET=127.0.0.1 /opt/nester/entry.sh harvester once`)).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(machine.get('wget -qO- http://127.0.0.1:5000/api/nodes')).toContain('"node":"box"');
    expect(machine.get('cat /data/data.json')).toContain('"node":"box"');
    machine.get('pkill -f nester.js || kill $(pidof node)');
    await until('it is not healthy any more', () => machine.run(`${inside} /opt/nester/entry.sh healthy`).status !== 0);
  }, 600_000);
});

describe('compose.yaml', () => {
  const { services, volumes } = parse(read('deploy/docker/compose.yaml')) as { services: Record<string, Service>; volumes: Record<string, unknown> };

  it('starts both, each with no more than it needs', () => {
    const { nester, harvester } = services;

    expect([nester?.command, harvester?.command]).toEqual([['nester'], ['harvester', 'agent']]);
    expect([nester?.image, harvester?.image]).toEqual(['nester', 'nester']);
    for (const service of [nester, harvester]) {
      expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
      for (const volume of service?.volumes ?? []) expect(Object.keys(volumes)).toContain(volume.split(':')[0]);
    }
    expect([nester?.cap_add, harvester?.cap_add]).toEqual([undefined, ['NET_RAW']]);
    expect(nester?.security_opt).toEqual(['no-new-privileges:true']);
  });

  it('names only variables that the programs know', () => {
    const known = read('README.md');

    for (const { environment } of Object.values(services)) for (const name of Object.keys(environment)) expect(known).toContain(`\`${name}\``);
  });
});
