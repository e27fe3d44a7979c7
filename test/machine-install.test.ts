import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../deploy/prepare.mjs';
import { takeBlock } from './documented-commands.mjs';
import { type DebianMachine, startDebian } from './support/debian-machine.ts';
import { createNetwork, type Machine } from './support/network.ts';
import { makeFolder, type RunningNester, startNester } from './support/program.ts';
import { until } from './support/requests.ts';

/**
 * The line that a site pastes, on clean Debian machines with nothing of ours and no Node; in a
 * network of their own, so that the Nester is all they reach.
 */

const SCRIPT = join(root, 'deploy/shell/install.sh');
const network = createNetwork();
let site: Machine;
let nester: RunningNester;
let url = '';

beforeAll(async () => {
  const head = network.add('head');
  site = network.add('site');
  network.connect([head, 'eth0'], [site, 'eth0']);
  head.ip('addr', 'add', '10.77.0.1/24', 'dev', 'eth0');
  site.ip('addr', 'add', '10.77.0.2/24', 'dev', 'eth0');
  nester = await startNester({ under: head.under, env: { NESTER_HOST: '0.0.0.0', NESTER_API_KEY: 'KEY' } });
  url = `http://10.77.0.1:${nester.port}`;
});

afterAll(async () => {
  await nester.stop();
  await network[Symbol.asyncDispose]();
});

/** What is pasted, as the documentation has it. Whoever pastes it here is root, where there is no sudo. */
function documented(page: string, containing = '/install.sh'): string {
  return `sudo() { "$@"; }\n${takeBlock(page, containing).replace('http://nester.example.org:5000', url)}`;
}

/** The same with other words after it. */
function pasted(words: string, page = 'docs/install.md'): string {
  return documented(page).replace(/ -- .*\n/, ` -- ${words}`);
}

interface Row {
  node: string;
  status: string;
  receivedAt: number;
  connected: boolean;
  latency?: number;
  labels: Record<string, string>;
  agent: { mode: string };
}

function rowOf(machine: DebianMachine, node: string): Row | undefined {
  const { status, stdout } = machine.run(`curl -fsS ${url}/api/nodes/${encodeURIComponent(node).replaceAll("'", '%27')}`);
  return status === 0 ? (JSON.parse(stdout) as Row) : undefined;
}

/** The functions of the script, without its last line, and some more. */
function runFunctions(code: string, path = process.env['PATH'] ?? '') {
  const functions = readFileSync(SCRIPT, 'utf8').replace(/\nmain "\$@"\n\}\n$/, '\n');
  const { status, stdout, stderr } = spawnSync('dash', ['-s'], { input: `${functions}\n${code}\n}\n`, env: { PATH: path }, encoding: 'utf8' });
  return { status, stdout, stderr };
}

const WRITTEN_BY_PACKAGES = ['/proc', '/sys', '/dev', '/run', '/tmp', '/var/cache', '/var/log', '/var/lib/dpkg', '/var/lib/apt', '/var/lib/systemd', '/etc/ssl/certs', '/etc/alternatives', '/etc/rc?.d', '*/__pycache__'];

/** Everything on a machine that no package brought, but for what packages write while they are installed. */
function ownFiles(machine: DebianMachine): string[] {
  const all = machine.get(`
    cat /var/lib/dpkg/info/*.list | sort -u >/tmp/owned
    find / -lname '/etc/alternatives/*' -prune -o ${WRITTEN_BY_PACKAGES.map((path) => `-path '${path}' -prune -o`).join(' ')} -print >/tmp/all
    sort /tmp/all >/tmp/there
    comm -13 /tmp/owned /tmp/there`);
  return all.trim().split('\n');
}

const chosenPackages = (machine: DebianMachine): string[] => machine.get('apt-mark showmanual').trim().split('\n');

describe('install.sh on a machine with systemd', () => {
  it('brings the first report, is run again, changes its way, and leaves nothing it does not name', async () => {
    await using machine = await startDebian({ systemd: true, at: site, name: 'new' });
    const filesBefore = ownFiles(machine);
    const packagesBefore = chosenPackages(machine);
    const node = 'Lyon "2" $HOME `id` \\ é';

    const first = machine.run(pasted(`--key KEY --label city=Lyon --label group=shops --node '${node}'`));
    expect(first).toMatchObject({ status: 0, stderr: '' });
    // The report was there before the script ended, and the address it says is that of the row.
    expect(rowOf(machine, node)).toMatchObject({ node, status: 'online', labels: { city: 'Lyon', group: 'shops' } });
    const address = /^ {2}(http:\S+)$/m.exec(first.stdout)?.[1] ?? '';
    expect(address).toBe(`${url}/nodes/Lyon%20%222%22%20%24HOME%20%60id%60%20%5C%20%C3%A9`);
    expect(machine.get(`curl -fsS '${address}' | head -c 15`)).toBe('<!doctype html>');
    expect(first.stdout).not.toContain('not ok');

    await until('the agent is connected', () => rowOf(machine, node)?.connected === true);
    // In its sandbox it may still do what it is there for: ping, and see who has which hardware.
    await until('it has measured', () => rowOf(machine, node)?.agent.mode === 'agent');
    expect(rowOf(machine, node)?.latency).toBeGreaterThan(0);
    expect(machine.get('journalctl -u nester-harvester -o cat')).not.toMatch(/cannot be used|not permitted/);
    await until('it has seen hardware addresses', () => /"mac":"/.test(machine.get(`curl -fsS '${url}/api/nodes/${encodeURIComponent(node)}/hosts'`)));
    expect(machine.get('stat -c "%a %U" /etc/nester-harvester.env')).toBe('600 nester-harvester\n');
    expect(machine.get('ps -o user= -C node | sort -u || :') + machine.get('stat -c %U /proc/$(systemctl show -P MainPID nester-harvester)')).toContain('nester-harvester');

    const settings = machine.get('cat /etc/nester-harvester.env');
    machine.get('echo "HARVESTER_PINGS=3" >>/etc/nester-harvester.env; echo broken >/opt/nester-harvester/harvester.js');
    expect(machine.run(pasted(''))).toMatchObject({ status: 0, stderr: '' });
    expect(machine.get('cat /etc/nester-harvester.env')).toBe(`${settings}HARVESTER_PINGS=3\n`);
    expect(machine.get('systemctl is-active nester-harvester')).toBe('active\n');

    expect(machine.run(pasted('--timer --label city=Paris'))).toMatchObject({ status: 0, stderr: '' });
    expect(machine.run('systemctl is-active nester-harvester nester-harvester-once.timer').stdout).toBe('inactive\nactive\n');
    const before = rowOf(machine, node);
    expect(before).toMatchObject({ labels: { city: 'Paris' }, agent: { mode: 'once' } });
    machine.get('systemctl start nester-harvester-once.service');
    expect(rowOf(machine, node)?.receivedAt).toBeGreaterThan(before?.receivedAt ?? Infinity);
    // Nothing said: the way it was.
    expect(machine.run(pasted('')).stdout).toContain('nester-harvester-once.timer');

    const removed = machine.run(pasted('--uninstall'));
    expect(removed).toMatchObject({ status: 0, stderr: '' });
    const added = chosenPackages(machine).filter((name) => !packagesBefore.includes(name));
    const named = /installed for it: (.*)$/m.exec(removed.stdout)?.[1]?.trim().split(' ') ?? [];
    expect(named.toSorted()).toEqual(added.toSorted());
    expect(ownFiles(machine).filter((file) => !filesBefore.includes(file))).toEqual([]);
    expect(machine.run('id nester-harvester; systemctl list-unit-files | grep harvester').stdout).toBe('');
    expect(machine.run(pasted('--uninstall'))).toMatchObject({ status: 0, stderr: '' });
  }, 600_000);

  it('starts nothing that the Nester refuses, and says so', async () => {
    await using machine = await startDebian({ systemd: true, at: site, name: 'new' });

    const refused = machine.run(pasted('--key wrong --node refused'));

    expect(refused.status).toBe(3);
    expect(refused.stderr).toContain('the Nester refuses the reports of this machine');
    expect(machine.run('systemctl is-active nester-harvester').stdout).toBe('inactive\n');
    expect(machine.run(pasted('--key KEY', 'README.md')).status).toBe(0);
    expect(rowOf(machine, 'refused')?.status).toBe('online');
    // The settings are there now: the line of the README, which has no key, is enough.
    expect(machine.run(documented('README.md')).status).toBe(0);
    expect(rowOf(machine, 'refused')?.labels).toEqual({ city: 'Lyon' });
  }, 600_000);

  it('does what docs/install.md says, word for word, and undoes it', async () => {
    await using machine = await startDebian({ systemd: true, at: site, name: 'new' });

    expect(machine.run(documented('docs/install.md'))).toMatchObject({ status: 0, stderr: '' });
    expect(rowOf(machine, 'lyon-02')).toMatchObject({ status: 'online', labels: { city: 'Lyon' } });

    expect(machine.run(documented('docs/install.md', '--uninstall'))).toMatchObject({ status: 0, stderr: '' });
    expect(machine.run('ls /opt/nester-harvester /etc/nester-harvester.env').stdout).toBe('');
  }, 600_000);
});

describe('install.sh on a machine without systemd', () => {
  /** What cron would run, as it would. */
  function runCronLine(machine: DebianMachine) {
    const [, account = '', command = ''] = /^\* \* \* \* \* (\S+) (.*)$/m.exec(machine.get('cat /etc/cron.d/nester-harvester')) ?? [];
    return machine.run(`cd / && exec su -s /bin/sh ${account} -c 'env -i PATH=/usr/bin:/bin ${command}'`);
  }

  it.each([
    ['--cron', 'harvester.js'],
    ['--shell', 'harvester.sh'],
  ])('with %s: a line for cron, run again, removed', async (way, program) => {
    await using machine = await startDebian({ systemd: false, at: site, name: `old${way}` });
    machine.get('rm -rf /etc/cron.d');
    const filesBefore = ownFiles(machine);
    const node = `Nice's "old" $1 machine`;
    const words = `--key KEY ${way} --node "Nice's \\"old\\" \\$1 machine"`;

    const without = machine.run(pasted(words));
    expect([without.status, without.stderr]).toEqual([1, expect.stringContaining('apt-get install cron')]);
    expect(ownFiles(machine)).toEqual(filesBefore);
    machine.get('DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends cron >/dev/null 2>&1');
    const filesWithCron = ownFiles(machine);

    expect(machine.run(pasted(words, way === '--cron' ? 'docs/install.fr.md' : 'README.fr.md'))).toMatchObject({ status: 0, stderr: '' });
    const first = rowOf(machine, node);
    expect(first).toMatchObject({ node, status: 'online' });
    // Two reports of one second are one to the shell's Harvester, which knows no smaller part of time.
    machine.get('now=$(date +%s); while [ "$(date +%s)" = "$now" ]; do :; done');
    expect(runCronLine(machine)).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(rowOf(machine, node)?.receivedAt).toBeGreaterThan(first?.receivedAt ?? Infinity);
    expect(machine.run('ls /opt/nester-harvester').stdout).toContain(`${program}\n`);
    expect(machine.run('command -v node').status === 0).toBe(program === 'harvester.js');

    expect(machine.run(pasted(''))).toMatchObject({ status: 0, stderr: '' });
    expect(machine.run('ls /opt/nester-harvester').stdout).toContain(`${program}\n`);
    expect(runCronLine(machine)).toMatchObject({ status: 0, stderr: '' });

    machine.get('su -s /bin/sh nester-harvester -c "mkdir /var/lib/nester-harvester/custom.d; touch /var/lib/nester-harvester/custom.d/ups"');
    const removed = machine.run(pasted('--uninstall'));
    expect(removed).toMatchObject({ status: 0, stderr: '' });
    expect(removed.stdout).toContain('own measurements: /var/lib/nester-harvester/custom.d\n');
    expect(ownFiles(machine).filter((file) => !filesWithCron.includes(file))).toEqual([
      '/var/lib/nester-harvester',
      '/var/lib/nester-harvester/custom.d',
      '/var/lib/nester-harvester/custom.d/ups',
    ]);
  }, 600_000);

  it('touches nothing when what came is not what the Nester lists', async () => {
    await using machine = await startDebian({ systemd: false, at: site, name: 'old' });
    machine.get('mkdir -p /etc/cron.d; mv /usr/bin/curl /usr/bin/curl.real; printf \'#!/bin/sh\\ncurl.real "$@" || exit\\ncase $* in *harvester.js) echo "//" >>"$3" ;; esac\\n\' >/usr/bin/curl; chmod 755 /usr/bin/curl');
    const before = ownFiles(machine);

    const { status, stderr } = machine.run(`curl.real -fsSL ${url}/install.sh | sh -s -- --key KEY`);

    expect(status).toBe(1);
    expect(stderr).toMatch(/harvester\.js is not what checksums\.txt says: expected [0-9a-f]{64}, got [0-9a-f]{64}\. Nothing was changed/);
    expect(ownFiles(machine)).toEqual(before);
    expect(machine.run('id nester-harvester').status).toBe(1);
  }, 600_000);
});

describe('install.sh', () => {
  it.each(['dash', 'busybox ash'])('does nothing at all when it was cut off, at whatever byte: %s', (shell) => {
    const [program = '', ...rest] = shell.split(' ');
    const words = [execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim(), ...rest].join(' ');
    const folder = makeFolder('cut');
    const stubs = makeFolder('stubs');
    const names = [...new Set(readFileSync(SCRIPT, 'utf8').match(/[a-z][a-z0-9-]+/g))];
    // Every word of it, were it taken for a program, writes that it ran.
    for (const name of names) {
      writeFileSync(join(stubs, name), `#!/bin/sh\nexec >>${folder}/ran\necho ${name}\n`);
      chmodSync(join(stubs, name), 0o755);
    }
    const said = execFileSync('python3', [join(root, 'test/support/cut-off.py'), words, SCRIPT, stubs], { encoding: 'utf8', timeout: 280_000 });

    expect(said).toBe(`${readFileSync(SCRIPT, 'utf8').trimEnd().length}\n`);
    expect(readdirSync(folder)).toEqual([]);
  }, 600_000);

  it.each([
    ['--key', '--key: expected a value'],
    ['--key ""', '--key: expected a value, got an empty one'],
    ['--label Lyon', '--label: expected NAME=VALUE, got Lyon'],
    ['--nester nester.example.org', '--nester: expected http:// or https:// and a host, got nester.example.org'],
    ['--cron --timer', '--timer: --cron was given, too; expected one of them'],
    ['--crom', '--crom: no such option'],
    ['--ca /nowhere', '--ca: cannot read /nowhere'],
  ])('says what is wrong with %s', (words, complaint) => {
    expect(runFunctions(`read_options ${words}`)).toMatchObject({ status: 2, stderr: `install.sh: ${complaint} (--help explains)\n` });
  });

  /** What each package manager says of its newest Node, as seen on the distributions that have it. */
  const OFFERS = [
    ['apt-get', 'apt-cache', 'nodejs:\n  Installed: (none)\n  Candidate: 18.20.4+dfsg-1~deb12u1\n  Version table:\n', 'nodejs 18.20.4', false],
    ['apt-get', 'apt-cache', 'nodejs:\n  Installed: (none)\n  Candidate: 1:20.19.2+dfsg-1\n  Version table:\n', 'nodejs 20.19.2', true],
    ['apt-get', 'apt-cache', 'nodejs:\n  Installed: (none)\n  Candidate: (none)\n', '', false],
    ['dnf', 'dnf', 'Available Packages\nName         : nodejs\nEpoch        : 1\nVersion      : 22.11.0\nRelease      : 1.fc41\n', 'nodejs 22.11.0', true],
    ['apk', 'apk', 'nodejs-22.16.0-r2\n', 'nodejs 22.16.0', true],
    ['zypper', 'zypper', 'S | Name     | Type    | Version           | Arch   | Repository\n--+----------+---------+-------------------+--------+-----------\n  | nodejs18 | package | 18.20.8-1.1       | x86_64 | Main\n  | nodejs22 | package | 22.15.0-1.2       | x86_64 | Main\n', 'nodejs22 22.15.0', true],
    ['pacman', 'pacman', 'Repository      : extra\nName            : nodejs\nVersion         : 24.1.0-1\n', 'nodejs 24.1.0', true],
  ] as const;

  it.each(OFFERS)('knows from %s whether the distribution has a Node that is new enough', (manager, asked, says, offer, isEnough) => {
    const stubs = makeFolder('stubs');
    writeFileSync(join(stubs, asked), `#!/bin/sh\ncat <<'END'\n${says}END\n`);
    chmodSync(join(stubs, asked), 0o755);

    const { stdout } = runFunctions(`manager=${manager}; offered=$(node_of_distribution); echo "$offered"; is_new_enough "\${offered#* }" && echo enough`, `${stubs}:/usr/bin:/bin`);

    expect(stdout).toBe(`${offer}\n${isEnough ? 'enough\n' : ''}`);
  });

  it.each([['20.19.0', true], ['20.18.9', false], ['18.20.4', false], ['22.0.0', true], ['9.9.9', false], ['', false]])('takes Node %s for new enough: %s', (version, isEnough) => {
    expect(runFunctions(`is_new_enough '${version}' && echo enough`).stdout).toBe(isEnough ? 'enough\n' : '');
  });

  it('says exactly what to do where Node is too old, and the distribution has no other', () => {
    const stubs = makeFolder('stubs');
    for (const [name, text] of [['node', 'echo v18.20.4'], ['apt-get', ':'], ['apt-cache', 'echo "  Candidate: 18.20.4+dfsg-1~deb12u1"']] as const) {
      writeFileSync(join(stubs, name), `#!/bin/sh\n${text}\n`);
      chmodSync(join(stubs, name), 0o755);
    }

    const { status, stderr } = runFunctions('manager=$(package_manager); need_node', `${stubs}:/usr/bin:/bin`);

    expect(status).toBe(1);
    expect(stderr).toContain('needs Node 20.19 or newer: Node 18.20.4 is too old, and so is what the distribution has (18.20.4). Nothing was changed.');
    expect(stderr).toContain('run this again with --shell');
  });
});
