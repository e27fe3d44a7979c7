import type { RunChild } from '../collect/child.ts';
import { pingCommands, pingDeadlineMs } from '../collect/line/ping-command.ts';
import { parsePing } from '../collect/line/ping-output.ts';
import { oneLine } from '../log.ts';
import { type Finding, notOk, ok } from './finding.ts';

export interface ProgramCheckDeps {
  run: RunChild;
  platform: string;
}

const LIMIT_BYTES = 64 * 1024;
const NMAP_MS = 20_000;
const ONE_PING = { count: 1, spacingMs: 200, waitMs: 1_000 };

/** Whether this user may send echo requests: this machine answers its own, whatever the line. */
export async function checkPing({ run, platform }: ProgramCheckDeps): Promise<Finding> {
  let complaint = '';
  for (const { command, args } of pingCommands(platform, '127.0.0.1', ONE_PING)) {
    const result = await run(command, args, { deadlineMs: pingDeadlineMs(platform, ONE_PING), limitBytes: LIMIT_BYTES });
    if (result.outcome === 'missing') return notOk('ping', 'there is no such program', install(platform, 'ping'));
    const { roundTrips, sent } = parsePing(result.stdout.toString('latin1'));
    if (roundTrips.length > 0) return ok('ping', `it may be used: this machine answers in ${roundTrips[0]} ms`);
    complaint = oneLine(result.stderr || result.stdout.toString('latin1')) || `it ended with code ${result.code ?? 'none'}`;
    if (sent !== undefined) return notOk('ping', 'this machine does not answer itself', 'allow ICMP on the loopback interface');
  }
  return notOk('ping', complaint, platform === 'linux' ? 'sudo setcap cap_net_raw+p "$(command -v ping)"' : 'run the harvester as a user who may use ping');
}

/** Whether nmap is there, and sees what only the privileged see. */
export async function checkNmap({ run, platform }: ProgramCheckDeps, isWanted: boolean): Promise<Finding> {
  if (!isWanted) return ok('nmap', 'not needed: HARVESTER_SCAN is off');
  // The same way to look as a scan's, at this machine alone.
  const result = await run('nmap', ['-sn', '-n', '-oX', '-', '127.0.0.1'], { deadlineMs: NMAP_MS, limitBytes: LIMIT_BYTES });
  if (result.outcome === 'missing') return notOk('nmap', 'there is no such program', install(platform, 'nmap'));
  const printed = result.stdout.toString('utf8');
  if (result.outcome !== 'exited' || result.code !== 0) {
    return notOk('nmap', oneLine(result.stderr || printed) || `it ended with ${result.outcome}`, 'nmap -sn -n 127.0.0.1');
  }
  const version = /<nmaprun [^>]*?\sversion="([\w.+-]{1,40})"/.exec(printed)?.[1] ?? 'of unknown version';
  return ok('nmap', `${version} may be used; as root, or with the right to raw sockets, it also sees MAC addresses`);
}

function install(platform: string, program: 'ping' | 'nmap'): string {
  if (platform === 'win32') return program === 'nmap' ? 'winget install Insecure.Nmap' : 'add C:\\Windows\\System32 to the PATH';
  if (platform === 'darwin') return program === 'nmap' ? 'brew install nmap' : 'add /sbin to the PATH';
  return `sudo apt-get install -y ${program === 'nmap' ? 'nmap' : 'iputils-ping'}`;
}
