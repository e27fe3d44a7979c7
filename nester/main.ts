import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { adaptCollector } from './collector.ts';
import { type CommandResult, runKeyCommand } from './commands/key-commands.ts';
import { runPasswordCommand } from './commands/password-command.ts';
import { takeRepeatedFlag } from './commands/repeated-flag.ts';
import { type Config, HELP, readConfig, SECRETS, urlHost } from './config.ts';
import { checkDataFolder } from './folder-check.ts';
import { findRisks } from './insecure.ts';
import { type Nester, startNester } from './nester.ts';
import { readDownloads } from './downloads.ts';
import { builtInPage, readPageFolder } from './page-source.ts';
import { createProgramLog } from './program-log.ts';
import { createJsonStore } from './store/json-store.ts';
import { createNodeFiles } from './store/node-files.ts';
import { resetDataFolder } from './store/reset.ts';
import { timerAlarm, timerBeat } from './state/alarm.ts';
import { withCredentials } from './supervisor/credentials.ts';
import { createNotice, type Notice } from './supervisor/notice.ts';
import { sendNotice } from './supervisor/send-notice.ts';
import { readTlsPair, type TlsPair, type TlsPaths } from './tls/pair.ts';
import { keepRenewed, watchPair } from './tls/renewal.ts';
import { VERSION } from './version.ts';

/**
 * The program: what it was told, its signals and its exit code.
 *
 * Exit codes: 0 done or stopped as asked, 1 could not start or go on, 2 bad settings.
 */

declare const NESTER_UNIT: string | undefined;

/** SIGTERM promises an end within 5 s. */
const STOP_MS = 4_800;
/** One Ctrl-C often comes twice, from the terminal and from whoever started us. A later one is meant. */
const ECHO_MS = 1_000;

/** Another port of the same folder is refused by the store, another folder on the same port here. */
const LISTEN_REASONS: Record<string, string> = {
  EADDRINUSE: 'something else listens there already; choose another with NESTER_PORT or --port',
  EACCES: 'this user may not listen there; ports below 1024 need the right to',
  EADDRNOTAVAIL: 'this machine has no such address; see NESTER_HOST',
  ENOTFOUND: 'no such host name; see NESTER_HOST',
};

async function main(args: readonly string[]): Promise<number | undefined> {
  if (args.includes('--help')) return say(HELP);
  if (args.includes('--version')) return say(`nester ${VERSION}\n`);
  const { values: nodes, rest } = args.includes('keys') ? takeRepeatedFlag(args, 'node') : { values: [], rest: args };
  let environment: Record<string, string | undefined>;
  try {
    environment = withCredentials(process.env, SECRETS, (file) => readFileSync(file, 'utf8'));
  } catch (error) {
    return complain([`CREDENTIALS_DIRECTORY: ${error instanceof Error ? error.message : String(error)}`]);
  }
  const read = readConfig(environment, rest);
  if (!read.ok) return complain(read.problems);
  const { config, line } = read;
  const folder = path.resolve(config.dataDir);
  const [command, ...more] = line.positionals;
  if (command === 'reset' && more.length === 0 && !line.switches.has('check')) return reset(folder);
  if (command === 'password' && more.length === 0) return password();
  if (command === 'install' && more.length === 0) return install(read.given);
  if ((command === 'backup' || command === 'restore') && more.length === 1) return backupOrRestore(command, path.resolve(more[0] ?? ''), folder);
  if (command === 'uninstall' && more.length === 0) return uninstall();
  if (command === 'keys') return keys(more, nodes, folder);
  const tls = config.tls && (await readTlsPair(config.tls));
  const problems = tls?.ok === false ? tls.problems : [];
  if (line.switches.has('check')) {
    const problem = await checkDataFolder(folder);
    if (problem !== undefined) problems.push(`NESTER_DATA_DIR: ${problem}`);
    if (problems.length > 0) return complain(problems);
    for (const risk of await findRisks({ config, folder, args, platform: process.platform })) process.stderr.write(`insecure: ${risk}\n`);
    return say('ok\n');
  }
  if (command !== undefined) return complain([`${line.positionals.join(' ')}: no such command; --help lists them`]);
  if (tls?.ok === false) return complain(problems);
  await serve(config, folder, tls?.pair, await findRisks({ config, folder, args, platform: process.platform }));
  return undefined;
}

function say(text: string): 0 {
  process.stdout.write(text);
  return 0;
}

/** Every problem at once, so that one start shows all there is to mend. */
function complain(problems: readonly string[]): 2 {
  process.stderr.write(`Nester cannot start:\n${problems.map((problem) => `  ${problem}\n`).join('')}`);
  return 2;
}

/** Sets aside what is in the folder, so that the next start finds nothing. */
async function reset(folder: string): Promise<0 | 1> {
  try {
    const moved = await resetDataFolder(folder, { files: createNodeFiles(), now: Date.now, pid: process.pid });
    if (moved.length === 0) return say(`${folder} holds no reports; nothing to do\n`);
    return say(`The next start finds no reports. What was there may be deleted:\n${moved.map((at) => `  ${at}\n`).join('')}`);
  } catch (error) {
    process.stderr.write(`could not reset: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

async function keys(args: readonly string[], nodes: readonly string[], folder: string): Promise<0 | 1 | 2> {
  return tell('keys', () => {
    becomeOwnerOf(folder);
    return runKeyCommand(args, nodes, { files: createNodeFiles(), folder, now: Date.now });
  });
}

async function backupOrRestore(command: 'backup' | 'restore', file: string, folder: string): Promise<0 | 1 | 2> {
  const { runBackupCommand, runRestoreCommand } = await import('./commands/backup-command.ts');
  const deps = { folder, pid: process.pid, isAlive };
  return tell(command, () =>
    command === 'backup' ? runBackupCommand(file, { ...deps, version: VERSION }) : runRestoreCommand(file, { ...deps, now: Date.now, becomeOwner: becomeOwnerOf }),
  );
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** What `install` and `uninstall` know of this machine. */
function installDeps() {
  return {
    root: '',
    uid: process.geteuid?.(),
    run(command: string, ...args: string[]) {
      const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
      return { ok: status === 0, output: `${stdout}${stderr}`.trim() };
    },
  };
}

async function install(given: ReadonlyMap<string, string>): Promise<0 | 1 | 2> {
  const { runInstallCommand } = await import('./commands/install-command.ts');
  return tell('install', () =>
    runInstallCommand({ ...installDeps(), program: process.argv[1] ?? '', node: process.execPath, unit: dashboardUnit(), given }, (settings) => {
      const read = readConfig(Object.fromEntries(settings), []);
      // What this machine is called elsewhere it does not know.
      return read.ok ? `${schemeOf(read.config)}://${read.config.host === '0.0.0.0' ? hostname() : urlHost(read.config.host)}:${read.config.port}` : 'an address that its settings do not tell';
    }),
  );
}

async function uninstall(): Promise<0 | 1 | 2> {
  const { runUninstallCommand } = await import('./commands/install-command.ts');
  return tell('uninstall', () => runUninstallCommand(installDeps()));
}

/** The unit, as the build puts it into the program. */
function dashboardUnit(): string {
  return typeof NESTER_UNIT === 'string' ? NESTER_UNIT : readFileSync(new URL('../deploy/systemd/nester-dashboard.service', import.meta.url), 'utf8');
}

async function tell(command: string, run: () => CommandResult | Promise<CommandResult>): Promise<0 | 1 | 2> {
  // Should it never come to an end, that is no success.
  process.exitCode = 1;
  let result: CommandResult;
  try {
    result = await run();
  } catch (error) {
    result = { code: 1, complain: error instanceof Error ? error.message : String(error) };
  }
  if (result.code === 0) return say(result.say);
  process.stderr.write(`nester ${command}: ${result.complain}\n`);
  return result.code;
}

async function password(): Promise<0 | 1 | 2> {
  return tell('password', async () => {
    // Asked on stderr: stdout may go into a file.
    const result = await runPasswordCommand(process.stdin, (text) => process.stderr.write(text));
    process.stdin.destroy();
    return result;
  });
}

/** What root writes into another user's folder that user's Nester could not read. */
function becomeOwnerOf(folder: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(folder, { throwIfNoEntry: false }) ?? { uid: 0, gid: 0 };
  if (uid === 0) return;
  process.setgroups?.([]);
  process.setgid?.(gid);
  process.setuid?.(uid);
}

/** Runs until a signal. */
async function serve(config: Config, folder: string, certificate: TlsPair | undefined, risks: readonly string[]): Promise<void> {
  const log = createProgramLog(config.logLevel, process.stderr.isTTY);
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'BUG: an error nobody expected; ending, what was acknowledged is on disk');
    process.exit(1);
  });
  // Whoever reads the ready line may be gone by the time anything else is written.
  process.stdout.on('error', () => undefined);
  const notice = createNotice({
    environment: process.env,
    pid: process.pid,
    send: (...lines) => sendNotice(lines, (message) => log.warn(`the supervisor was not told: ${message}`)),
    every: timerBeat,
  });
  const stopped = stopOnSignal(log, notice);
  if (risks.length > 0) log.warn({ risks }, `insecure settings: ${risks.join('. ')}`);
  const files = createNodeFiles();
  const say = (level: 'info' | 'warn' | 'error', message: string): void => log[level](message);
  const store = createJsonStore({
    files,
    folder,
    retentionMs: config.retentionMs,
    maxReports: config.maxReports,
    now: Date.now,
    pid: process.pid,
    say,
  });
  let nester: Nester;
  try {
    nester = await startNester({
      config,
      hostName: hostname(),
      certificate,
      store,
      files,
      folder,
      page: builtInPage() ?? (await readPageFolder(fileURLToPath(new URL('../dist/public', import.meta.url)))),
      downloads: await readDownloads(),
      log,
      say,
      now: Date.now,
      monotonicMs: () => performance.now(),
      run: randomUUID(),
    });
  } catch (error) {
    log.fatal(startProblem(error, config));
    process.exit(1);
  }
  if (config.tls && certificate) keepCertificateNew(config.tls, certificate, nester, say);
  const url = `${schemeOf(config)}://${urlHost(config.host)}:${nester.port}`;
  process.stdout.write(`Nester listening on ${url}\n`);
  log.info({ url, folder, version: VERSION, reports: store.count() }, 'listening');
  stopped.started(nester);
  notice.ready();
}

function schemeOf({ tls }: Pick<Config, 'tls'>): 'http' | 'https' {
  return tls ? 'https' : 'http';
}

function keepCertificateNew(paths: TlsPaths, pair: TlsPair, nester: Nester, say: (level: 'warn' | 'info' | 'error', message: string) => void): void {
  const watch = watchPair(paths, (error) => {
    say('warn', `the certificate is not watched any more, a new one takes a restart: ${String(error)}`);
  });
  keepRenewed({ pair, read: () => readTlsPair(paths), renew: (next) => nester.renew(next), watch, schedule: timerAlarm, say });
}

/** Ends the process when it is told to: with all that was taken on disk, or at once when told again. */
function stopOnSignal(log: Logger, notice: Notice) {
  let running: Nester | undefined;
  let askedAtMs: number | undefined;

  async function stop(nester: Nester): Promise<void> {
    setTimeout(() => {
      log.error(`did not stop within ${STOP_MS} ms; ending, what was acknowledged is on disk`);
      process.exit(1);
    }, STOP_MS);
    await nester.stop();
    log.info('stopped');
    process.exit(0);
  }

  function ask(signal: NodeJS.Signals): void {
    if (askedAtMs !== undefined) {
      if (performance.now() - askedAtMs > ECHO_MS) process.exit(1);
      return;
    }
    askedAtMs = performance.now();
    log.info(`stopping on ${signal}`);
    notice.end();
    // While it starts nothing was taken yet, and what is on disk bears an end at any moment.
    if (running) void stop(running);
    else process.exit(0);
  }

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, ask);
  return {
    started: (nester: Nester): void => {
      running = nester;
    },
  };
}

function startProblem(error: unknown, { host, port, ...config }: Config): string {
  if (!(error instanceof Error)) return `could not start: ${String(error)}`;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const isListening = 'syscall' in error && (error.syscall === 'listen' || error.syscall === 'getaddrinfo');
  if (!isListening) return `could not start: ${error.message}`;
  return `could not listen on ${schemeOf(config)}://${urlHost(host)}:${port}: ${LISTEN_REASONS[code] ?? error.message} (${code})`;
}

adaptCollector(process.versions.v8);
void main(process.argv.slice(2)).then((code) => {
  if (code !== undefined) process.exitCode = code;
});
