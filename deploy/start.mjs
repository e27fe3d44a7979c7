/**
 * `npm start`: a Nester, and a Harvester agent that reports this machine to it. Installs and
 * builds what is missing first. Ctrl-C stops both; when one ends by itself, so does the other.
 *
 * Variables and flags (`npm start -- --port 8080`) are the Nester's own; the Harvester gets
 * the same environment. A certificate is for a name, which is then to be given as `NESTER`.
 *
 * The script in package.json says `exec`, so that this process takes the place of npm's
 * shell: signals reach it, and its exit code counts. (Windows has exec.cmd for it.)
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import './node-version.mjs';

const { build, install, root } = await import('./prepare.mjs');

/** How long a program may take to stop before it is killed; it promises 5 s. */
const STOP_MS = 8_000;

/** @type {Map<string, import('node:child_process').ChildProcess>} */
const running = new Map();
/** @type {number | undefined} */
let exitCode;

/**
 * Starts a program; when it ends unasked, everything does.
 * @param {string} name
 * @param {string[]} args
 * @param {Record<string, string | undefined>} env
 * @param {'pipe' | 'inherit'} stdout
 */
function start(name, args, env, stdout) {
  const child = spawn(process.execPath, [join(root, 'dist', `${name.toLowerCase()}.js`), ...args], {
    cwd: root,
    env,
    stdio: ['ignore', stdout, 'inherit'],
  });
  running.set(name, child);
  child.once('error', (error) => console.error(`${name} could not be started: ${error.message}`));
  child.once('close', (code, signal) => {
    running.delete(name);
    if (exitCode === undefined) {
      console.error(`${name} ended (${signal ?? `exit code ${code}`}); stopping.`);
      stop(1);
    }
    if (running.size === 0) process.exit(exitCode);
  });
  return child;
}

/** @param {number} code */
function stop(code) {
  exitCode ??= code;
  // Ctrl-C in a terminal has reached both already; a second signal changes nothing for them.
  for (const child of running.values()) child.kill('SIGTERM');
  setTimeout(() => {
    for (const [name, child] of running) {
      console.error(`${name} did not stop within ${STOP_MS / 1000} s; killing it.`);
      child.kill('SIGKILL');
      exitCode = 1;
    }
  }, STOP_MS).unref();
  if (running.size === 0) process.exit(exitCode);
}

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, () => stop(0));

try {
  await install(console.log);
  await build(console.log);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

const nester = start('Nester', process.argv.slice(2), process.env, 'pipe');
if (nester.stdout === null) throw new Error('BUG: the output of Nester is not piped');
createInterface({ input: nester.stdout }).on('line', (line) => {
  console.log(line);
  const ready = /^Nester listening on ((https?):\/\/.+:(\d+))$/.exec(line);
  if (ready === null || exitCode !== undefined) return;
  const address = String(ready[1]).replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
  console.log(`Open ${ready[2]}://localhost:${ready[3]} in a browser. Ctrl-C stops Nester.`);
  start('Harvester', ['agent'], harvesterEnvironment(ready[2] === 'https' && process.env['NESTER'] ? process.env['NESTER'] : address), 'inherit');
});

/** @param {string} address */
function harvesterEnvironment(address) {
  return {
    ...process.env,
    NESTER: address,
    // Beside data.json: a Harvester that is installed on this machine keeps its own, elsewhere.
    HARVESTER_STATE_DIR: process.env['HARVESTER_STATE_DIR'] || join(process.env['NESTER_DATA_DIR'] || '.', 'harvester-state'),
  };
}
