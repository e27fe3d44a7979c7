#!/usr/bin/env node
import { setMaxListeners } from 'node:events';
import { lookup, Resolver } from 'node:dns/promises';
import { arch, cpus, endianness, freemem, homedir, hostname, loadavg, networkInterfaces, release, totalmem, type, uptime } from 'node:os';
import { systemClock } from './clock.ts';
import { HELP, readCommandLine } from './config.ts';
import { createHarvester, type Machine } from './harvester.ts';
import { createLineLog } from './line-log.ts';
import { createQuietLog, oneLine } from './log.ts';
import { defaultStateFolder } from './state-folder.ts';
import { VERSION } from './version.ts';

/**
 * The only place that knows the process: arguments, environment, signals, output, exit code.
 * What a command needs is loaded when it is asked for, so that a run from cron starts fast.
 */

/** Told to end, it has ended by then, whatever hangs. What is kept is on disk by now. */
const LAST_MOMENT_MS = 4_500;
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

async function main(): Promise<number> {
  const line = readCommandLine(process.argv.slice(2), {
    environment: process.env,
    hostName: hostname(),
    stateDir: defaultStateFolder(process.env, process.platform, homedir()),
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
    case 'run':
      break;
  }
  const { command, config } = line;
  if (command === 'agent') {
    const sink = { write: (text: string) => process.stderr.write(text), isTerminal: process.stderr.isTTY };
    const log = createLineLog(sink, config.logLevel, systemClock.now);
    const { runAgent } = await import('./agent.ts');
    return runAgent(createHarvester(config, command, machineOf(), log), endOfProcess(() => 0));
  }
  const log = createQuietLog();
  try {
    const harvester = createHarvester(config, command, machineOf(), log);
    if (command === 'once') {
      const { runOnce } = await import('./once.ts');
      return await runOnce(harvester, endOfProcess(() => 1));
    }
    const { show } = await import('./show.ts');
    process.stdout.write(await show(harvester, endOfProcess(() => 1)));
    return 0;
  } finally {
    if (log.problems.length > 0) process.stderr.write(`harvester: ${log.problems.join('; ')}\n`);
  }
}

// A reader that has seen enough (`show | head`) is no error.
process.stdout.on('error', () => process.exit(0));

main().then(
  (code) => {
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
