import { execFile, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { missingPackages } from '../tools.mjs';

/**
 * Machines that are network namespaces, connected as a test says. Nothing of it touches the
 * network of the machine the test runs on: every cable is laid inside the namespaces.
 *
 * However the test ends, nothing stays: a guard outside of the test's process group waits until
 * the test's end of a pipe is closed, by `dispose` or by the process's death, then ends what runs
 * in the namespaces and removes them, and the cables with them.
 */
export interface Network extends AsyncDisposable {
  /** A machine with nothing but its loopback. */
  add(name: string): Machine;
  /** A cable between two machines; each end is an interface of the name given there, and up. */
  connect(here: [Machine, string], there: [Machine, string]): void;
}

export interface Machine {
  /** What to put before a command so that it runs there. */
  under: readonly string[];
  /** `ip` on that machine. Throws with what it said. */
  ip(...args: string[]): string;
  /** A command on that machine. Throws with what it said. */
  run(command: string, ...args: string[]): string;
  /** The same for what may take its time. */
  runAsync(command: string, ...args: string[]): Promise<string>;
}

/** `ip` and `tc` are where the PATH of an ordinary user does not lead. */
const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin` };

/** No machine of a test has IPv6: its own packets would come between those that are counted. */
const SETTINGS = ['net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1'];

const GUARD = `
trap '' HUP INT TERM
cat > /dev/null
for name in $(ip netns list | cut -d ' ' -f 1 | grep "^$1-"); do
  ip netns pids "$name" | xargs -r kill -9
  ip netns del "$name"
done
`;

/** The caller disposes of it. */
export function createNetwork(): Network {
  ensureRights();
  const prefix = `nester-test-${process.pid}-${randomBytes(3).toString('hex')}`;
  const guard = spawn('sh', ['-c', GUARD, 'guard', prefix], { env, detached: true, stdio: ['pipe', 'ignore', 'inherit'] });
  const ended = once(guard, 'close');
  const names = new Map<Machine, string>();

  return {
    add(name) {
      const namespace = `${prefix}-${name}`;
      const under = ['ip', 'netns', 'exec', namespace];
      run(['ip', 'netns', 'add', namespace]);
      const machine: Machine = {
        under,
        ip: (...args) => run(['ip', '-n', namespace, ...args]),
        run: (...command) => run([...under, ...command]),
        runAsync: (...command) => runAsync([...under, ...command]),
      };
      names.set(machine, namespace);
      machine.run('sysctl', '-qw', ...SETTINGS);
      machine.ip('link', 'set', 'lo', 'up');
      return machine;
    },
    connect([here, hereName], [there, thereName]) {
      here.ip('link', 'add', hereName, 'type', 'veth', 'peer', 'name', thereName, 'netns', names.get(there) ?? '');
      here.ip('link', 'set', hereName, 'up');
      there.ip('link', 'set', thereName, 'up');
    },
    async [Symbol.asyncDispose]() {
      guard.stdin.end();
      await ended;
      const left = run(['ip', 'netns', 'list']).split('\n').filter((line) => line.startsWith(prefix));
      if (left.length > 0) throw new Error(`could not be removed: ${left.join(', ')}`);
    },
  };
}

function ensureRights(): void {
  const missing = missingPackages();
  if (missing.length > 0) {
    throw new Error(`Not all is installed here. On Debian or Ubuntu: sudo apt-get install -y --no-install-recommends ${missing.join(' ')}`);
  }
  if (process.getuid?.() !== 0) {
    throw new Error('This test builds networks of its own, which only root may. Run it as: sudo npm test');
  }
}

function run([command = '', ...args]: readonly string[]): string {
  try {
    return execFileSync(command, args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    throw told(command, args, error);
  }
}

async function runAsync([command = '', ...args]: readonly string[]): Promise<string> {
  try {
    return (await promisify(execFile)(command, args, { env, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })).stdout;
  } catch (error) {
    throw told(command, args, error);
  }
}

function told(command: string, args: readonly string[], cause: unknown): Error {
  const said = cause instanceof Error && 'stderr' in cause && typeof cause.stderr === 'string' ? cause.stderr.trim() : '';
  const hint = /not permitted|denied/i.test(said) ? ' (in a container, it takes the rights to make namespaces, such as docker run --privileged)' : '';
  return new Error(`${[command, ...args].join(' ')}: ${said || 'failed'}${hint}`, { cause });
}
