#!/usr/bin/env node
import { setMaxListeners } from 'node:events';
import { lookup, Resolver } from 'node:dns/promises';
import { readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, cpus, endianness, freemem, homedir, hostname, loadavg, networkInterfaces, release, totalmem, type, uptime } from 'node:os';
import { systemClock } from './clock.ts';
import { type Config, HELP, readCommandLine } from './config.ts';
import { createHarvester, type Machine } from './harvester.ts';
import { createLineLog } from './line-log.ts';
import { createQuietLog, type Log, oneLine } from './log.ts';
import type { PauseOrder } from './pause/pause-command.ts';
import { defaultStateFolder } from './state-folder.ts';
import { VERSION } from './version.ts';

/**
 * The only place that knows the process: arguments, environment, signals, output, exit code.
 * What a command needs is loaded when it is asked for, so that a run from cron starts fast.
 */

/** Told to end, it has ended by then, whatever hangs. What is kept is on disk by now. */
const LAST_MOMENT_MS = 4_500;
/** A newer program that has not reported by then never will. */
const TRIAL_MS = 10 * 60_000;
/** Tells a newer program, which runs in this process, where the one is that was installed. */
const INSTALLED = Symbol.for('nester: installed Harvester');
/** A name of a host is not worth waiting for. */
const REVERSE_MS = 1_000;
/** What may wait for the end at the same time: a ping for each target, the site's own programs, a scan, posts. Beyond, Node warns of a leak. */
const MOST_WAITING = 64;

function machineOf(): Machine {
  return {
    environment: process.env,
    platform: process.platform,
    pid: process.pid,
    kill: (pid, signal) => void process.kill(pid, signal),
    hostName: hostname(),
    os: `${type()} ${release()} ${arch()}`,
    facts: { cpus, freemem, loadavg, totalmem, uptime },
    endianness: endianness(),
    interfaces: networkInterfaces,
    lookup: (host) => lookup(host, { all: true, verbatim: true }),
    // Made anew, since the servers to be asked change with the network.
    reverse: (ip) => new Resolver({ timeout: REVERSE_MS, tries: 1 }).reverse(ip),
    clock: systemClock,
  };
}

/** A user who stands in no list of users, as containers have them, may have none; nothing can be kept in the root, which is then said. */
function homeFolder(): string {
  try {
    return homedir();
  } catch {
    return '/';
  }
}

/** Aborted by the first signal to end. */
function endOfProcess(exitCode: () => number): AbortSignal {
  const stop = new AbortController();
  setMaxListeners(MOST_WAITING, stop.signal);
  const onSignal = (): void => {
    if (stop.signal.aborted) return;
    stop.abort();
    setTimeout(() => process.exit(exitCode()), LAST_MOMENT_MS).unref();
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, onSignal);
  return stop.signal;
}

async function main(): Promise<number | undefined> {
  const line = readCommandLine(process.argv.slice(2), {
    environment: process.env,
    hostName: hostname(),
    stateDir: defaultStateFolder(process.env, process.platform, homeFolder()),
    readFile: (path) => readFileSync(path, 'utf8'),
  });
  switch (line.kind) {
    case 'help':
      process.stdout.write(HELP);
      return 0;
    case 'version':
      process.stdout.write(`${VERSION}\n`);
      return 0;
    case 'refused':
      process.stderr.write(`harvester: bad configuration; --help explains\n${line.problems.map((problem) => `  ${problem}\n`).join('')}`);
      return 2;
    case 'check':
      process.stdout.write('The configuration is valid.\n');
      return 0;
    case 'pause':
    case 'resume':
      return orderPause(line);
    case 'run':
      break;
  }
  const { command, config, json } = line;
  if (command === 'doctor') return doctor(config, json);
  if (command === 'agent' && config.selfUpdate) return runUpdating(config, command);
  if (command === 'agent') {
    const { runAgent } = await import('./agent.ts');
    return runAgent(createHarvester(config, command, machineOf(), agentLog(config)), endOfProcess(() => 0));
  }
  if (command === 'once' && config.selfUpdate) return runUpdating(config, command);
  const log = createQuietLog();
  try {
    const harvester = createHarvester(config, command, machineOf(), log);
    if (command === 'once') {
      const { runOnce } = await import('./once.ts');
      return await runOnce(harvester, endOfProcess(() => 1));
    }
    const { show } = await import('./show.ts');
    const report = await show(harvester, endOfProcess(() => 1));
    // A program that reads it wants JSON, as a person who asks for it.
    if (json || !process.stdout.isTTY) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    else process.stdout.write((await import('./report-text.ts')).formatReport(report));
    return 0;
  } finally {
    if (log.problems.length > 0) process.stderr.write(`harvester: ${log.problems.join('; ')}\n`);
  }
}

async function orderPause(order: PauseOrder): Promise<number> {
  const [{ runPauseCommand }, { createPauseFile }] = await Promise.all([import('./pause/pause-command.ts'), import('./pause/pause-file.ts')]);
  return runPauseCommand(order, {
    file: createPauseFile(order.stateDir, String(process.pid)),
    now: systemClock.now,
    out: (text) => process.stdout.write(`${text}\n`),
    complain: (text) => process.stderr.write(`harvester: ${text}\n`),
  });
}

/** Runs the newer program that was fetched, if there is one; else this one, which looks for a newer one. */
async function runUpdating(config: Config, command: 'once' | 'agent'): Promise<number | undefined> {
  const [{ createUpdateFolder }, { runWithUpdates }] = await Promise.all([import('./update/update-folder.ts'), import('./update/run-with-updates.ts')]);
  const self = realpathSync(process.argv[1] ?? '');
  const shared = globalThis as { [INSTALLED]?: string };
  const installed = shared[INSTALLED] ?? self;
  const folder = createUpdateFolder({ stateDir: config.stateDir, installed });
  const chosen = self === installed ? folder.choose() : undefined;
  if (chosen !== undefined && realpathSync(chosen) !== self) {
    shared[INSTALLED] = installed;
    process.argv[1] = realpathSync(chosen);
    // Should it hang and never report, this program still has this timer in its process.
    setTimeout(() => {
      if (folder.isOnTrial()) process.exit(1);
    }, TRIAL_MS).unref();
    createRequire(process.argv[1])(process.argv[1]);
    return undefined;
  }
  const quiet = createQuietLog();
  const harvester = createHarvester(config, command, machineOf(), command === 'agent' ? agentLog(config) : quiet);
  const code = await runWithUpdates({ harvester, command, folder, running: readFileSync(self), end: endOfProcess(() => (command === 'agent' ? 0 : 1)) });
  if (quiet.problems.length > 0) process.stderr.write(`harvester: ${quiet.problems.join('; ')}\n`);
  return code;
}

function agentLog(config: Config): Log {
  return createLineLog({ write: (text: string) => process.stderr.write(text), isTerminal: process.stderr.isTTY }, config.logLevel, systemClock.now);
}

async function doctor(config: Config, json: boolean): Promise<number> {
  const [{ examine }, { formatFindings }] = await Promise.all([import('./doctor/doctor.ts'), import('./doctor/finding.ts')]);
  const findings = await examine(config, machineOf());
  process.stdout.write(json ? `${JSON.stringify(findings, null, 2)}\n` : formatFindings(findings));
  return findings.every(({ ok }) => ok) ? 0 : 1;
}

// A reader that has seen enough (`show | head`) is no error.
process.stdout.on('error', () => process.exit(0));

main().then(
  (code) => {
    // Another program runs in this process, and says when it ends.
    if (code === undefined) return;
    process.exitCode = code;
    // Nothing is left to be done; a lookup that hangs in a thread must not hold the process.
    setTimeout(() => process.exit(code), 100).unref();
  },
  (error: unknown) => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`harvester: ${text.startsWith('BUG') ? text : oneLine(text, 1000)}\n`);
    process.exitCode = 1;
  },
);
