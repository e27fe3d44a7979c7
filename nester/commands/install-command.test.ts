import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type InstallDeps, runInstallCommand, runUninstallCommand } from './install-command.ts';

const UNIT = '/etc/systemd/system/nester-dashboard.service';

/** A machine whose root is a folder, and whose systemctl does as told. */
function machine({ systemd = true, fails = '' } = {}) {
  const root = mkdtempSync(join(tmpdir(), 'nester-install-test-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  if (systemd) mkdirSync(join(root, 'run/systemd/system'), { recursive: true });
  const program = join(root, 'downloaded.js');
  writeFileSync(program, 'the program');
  const commands: string[] = [];
  const deps = (given: Record<string, string> = {}, other: Partial<InstallDeps> = {}): InstallDeps => ({
    root,
    uid: 0,
    program,
    node: '/usr/bin/node',
    unit: 'ExecStart=/usr/bin/env node /opt/nester/nester.js\n',
    given: new Map(Object.entries(given)),
    run(...command) {
      commands.push(command.join(' '));
      return { ok: fails === '' || !command.includes(fails), output: 'said so' };
    },
    ...other,
  });
  const install = (given?: Record<string, string>, other?: Partial<InstallDeps>) =>
    runInstallCommand(deps(given, other), (settings) => `http://here:${settings.get('NESTER_PORT') ?? '5000'}`);
  return { root, deps, install, commands, read: (at: string) => readFileSync(root + at, 'utf8') };
}

describe('nester install', () => {
  it('puts program, settings and unit where they belong, and starts it', () => {
    const { root, install, commands, read } = machine();

    const result = install({ NESTER_PORT: '8080', NESTER_API_KEY: 'a "key" of $5 \\ `x`' }, { node: '/usr/local/bin/node' });

    expect(result).toMatchObject({ code: 0, say: expect.stringContaining('listens on http://here:8080\n') as string });
    expect(read('/opt/nester/nester.js')).toBe('the program');
    expect(read('/etc/nester.env')).toMatch(/\nNESTER_PORT="8080"\nNESTER_API_KEY="a \\"key\\" of \\\$5 \\\\ \\`x\\`"\n$/);
    expect(statSync(`${root}/etc/nester.env`).mode & 0o777).toBe(0o600);
    expect(read(UNIT)).toBe('ExecStart=/usr/local/bin/node /opt/nester/nester.js\n');
    expect(commands).toEqual(['systemctl daemon-reload', 'systemctl enable nester-dashboard', 'systemctl restart nester-dashboard']);
  });

  it('run again, keeps the settings that are not said anew, each line where it was', () => {
    const { root, install, read } = machine();
    install({ NESTER_PORT: '8080' });
    writeFileSync(`${root}/etc/nester.env`, '# mine\nNESTER_PORT=8081\nNESTER_RETENTION=4w\n');

    expect(install({ NESTER_RETENTION: '8w' })).toMatchObject({ code: 0, say: expect.stringContaining('http://here:8081') as string });
    expect(read('/etc/nester.env')).toBe('# mine\nNESTER_PORT=8081\nNESTER_RETENTION="8w"\n');
  });

  it('sets the unit of an older program aside, once', () => {
    const { root, install, read } = machine();
    mkdirSync(`${root}/etc/systemd/system`, { recursive: true });
    writeFileSync(root + UNIT, 'ExecStart=/usr/bin/python3 nester.py\n');

    expect(install()).toMatchObject({ say: expect.stringContaining('.before-nester\n') as string });
    expect(install()).toMatchObject({ say: expect.not.stringContaining('.before-nester') as string });
    expect(read(`${UNIT}.before-nester`)).toContain('python3');
  });

  it.each([
    ['who is not root', {}, { uid: 1000 }, 'run this as root'],
    ['a Node in a home folder', {}, { node: '/home/ana/.nvm/node' }, 'in a home folder'],
    ['another data folder', { NESTER_DATA_DIR: '/srv' }, {}, 'NESTER_DATA_DIR: the service keeps its data in /var/lib/nester'],
    ['a value of several lines', { NESTER_API_KEY: 'a\nb' }, {}, 'NESTER_API_KEY: a value of several lines'],
  ] as const)('refuses %s, and touches nothing', (_, given, other, complaint) => {
    const { root, install, commands } = machine();

    expect(install(given, other)).toMatchObject({ complain: expect.stringContaining(complaint) as string });
    expect([existsSync(`${root}/opt`), existsSync(`${root}/etc`), commands]).toEqual([false, false, []]);
  });

  it('says what to do without systemd', () => {
    expect(machine({ systemd: false }).install()).toMatchObject({ code: 1, complain: expect.stringContaining('systemd does not run here') as string });
  });

  it('says when it does not start, and where the reason is', () => {
    expect(machine({ fails: 'restart' }).install()).toEqual({ code: 1, complain: 'systemctl restart nester-dashboard failed; journalctl -u nester-dashboard tells why. said so' });
  });
});

describe('nester uninstall', () => {
  it('takes away all but the reports, and names them', () => {
    const { root, deps, install, commands } = machine();
    install({ NESTER_PORT: '1' });
    mkdirSync(`${root}/var/lib/nester`, { recursive: true });
    commands.length = 0;

    expect(runUninstallCommand(deps())).toMatchObject({ code: 0, say: expect.stringContaining('/var/lib/nester\n') as string });
    expect([existsSync(`${root}/opt/nester`), existsSync(`${root}/etc/nester.env`), existsSync(root + UNIT)]).toEqual([false, false, false]);
    expect(commands).toEqual(['systemctl disable --now nester-dashboard', 'systemctl daemon-reload']);
  });
});
