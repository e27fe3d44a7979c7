import { execFileSync, type ExecFileSyncOptions, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import type { Machine } from './network.ts';
import { makeFolder } from './program.ts';
import { until } from './requests.ts';

/**
 * A clean Debian to install things on: a root of its own, with processes, mounts and a host name
 * of its own, in a network namespace of the test's. With systemd as its first process where that
 * is asked for, so that units run as they would.
 *
 * All of a machine ends with its first process, and that with the test's.
 */
export interface DebianMachine extends AsyncDisposable {
  /** A shell script there, by root, in an environment that is almost empty. Never throws for what it says. */
  run(script: string): Done;
  /** The same, and throws with what it said unless it ends with 0. Returns what it wrote. */
  get(script: string): string;
}

export interface Done {
  status: number | null;
  stdout: string;
  stderr: string;
}

const BOOT = fileURLToPath(new URL('boot-machine.sh', import.meta.url));
/** Packages are unpacked and configured; what is longer hangs. */
const LONGEST_MS = 240_000;
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:${PATH}` };

/** What its apt has at hand, since no machine has a way out. */
const PACKAGES = ['nodejs', 'nmap', 'iputils-ping', 'cron', 'wget'];

/** What Debian does by itself at its hours, such as to put copies of dpkg's lists into /var/backups at midnight, is not what is tested. */
const STOP_CLOCKS = 'for timer in /usr/lib/systemd/system/*.timer; do ln -s /dev/null "/etc/systemd/system/${timer##*/}"; done';

/** The least that debootstrap makes of Debian 13, curl, and systemd, which does not run by itself there. Made once in a run. */
function cleanDebian(): string {
  if (process.getuid?.() !== 0) throw new Error('A Debian machine takes root: try sudo npm test');
  const root = join(inject('debianFolder'), 'root');
  const whole = join(inject('debianFolder'), 'whole');
  if (existsSync(whole)) return root;
  const options: ExecFileSyncOptions = { env, stdio: ['ignore', 'ignore', 'inherit'], timeout: 300_000 };
  execFileSync('debootstrap', ['--variant=minbase', '--include=systemd,systemd-sysv,curl,ca-certificates', 'trixie', root], options);
  const fetch = ['apt-get update -qq', `apt-get install -qq --download-only --no-install-recommends ${PACKAGES.join(' ')}`];
  execFileSync('chroot', [root, 'sh', '-ec', [...fetch, STOP_CLOCKS].join('\n')], { ...options, env: { PATH } });
  writeFileSync(whole, '');
  return root;
}

export interface DebianOptions {
  systemd: boolean;
  /** Whose network it has. */
  at: Machine;
  name: string;
  /** Files of this machine that are in its /root. */
  files?: readonly string[];
}

/** A clean machine. The caller disposes of it. */
export async function startDebian({ systemd, at, name, files = [] }: DebianOptions): Promise<DebianMachine> {
  const root = cleanDebian();
  const folder = makeFolder(`machine-${randomBytes(3).toString('hex')}`);
  for (const part of ['changes', 'work', 'root']) mkdirSync(join(folder, part));
  if (files.length > 0) mkdirSync(join(folder, 'changes/root'), { mode: 0o700 });
  for (const file of files) copyFileSync(file, join(folder, 'changes/root', basename(file)));
  const [first = '', ...before] = at.under;
  const holder = spawn(first, [...before, 'unshare', '--pid', '--fork', '--kill-child', '--mount', '--uts', '--ipc', '--cgroup', 'sh', BOOT, root, folder, name, systemd ? 'systemd' : 'none'], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  holder.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  const ended = new Promise<void>((resolve) => holder.once('close', () => resolve()));
  const end = (): boolean => holder.kill('SIGKILL');
  process.once('exit', end);

  function run(script: string): Done {
    const inside = ['-t', firstProcess(holder.pid), '-m', '-n', '-p', '-u', '-i', '-C', '-r', '-w', 'env', '-i', `PATH=${PATH}`, 'HOME=/root', 'LC_ALL=C.UTF-8', 'sh', '-s'];
    const result = spawnSync('nsenter', inside, { input: script, env, encoding: 'utf8', timeout: LONGEST_MS });
    if (result.error) throw result.error;
    return { status: result.status, stdout: result.stdout, stderr: result.stderr };
  }

  function get(script: string): string {
    const { status, stdout, stderr } = run(script);
    if (status !== 0) throw new Error(`ended with ${String(status)}: ${script}\n${stdout}${stderr}`);
    return stdout;
  }

  await until('the machine is up', () => {
    if (holder.exitCode !== null) throw new Error(`the machine did not start: ${complaint}`);
    if (firstProcess(holder.pid) === '' || run('test -e /run/nester-test-up').status !== 0) return false;
    return !systemd || /^(running|degraded)/.test(run('systemctl is-system-running').stdout);
  });
  return {
    run,
    get,
    async [Symbol.asyncDispose]() {
      process.off('exit', end);
      end();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The process id, seen from here, of what is process 1 there; nothing while there is none. */
function firstProcess(holder: number | undefined): string {
  try {
    return readFileSync(`/proc/${String(holder)}/task/${String(holder)}/children`, 'utf8').trim().split(' ')[0] ?? '';
  } catch {
    return '';
  }
}
